import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { DatabaseSync } from "node:sqlite";
import { newApplication, newEndpoint } from "../../test/conformance/new-control-rows.ts";
import { encryptionKeyOf, scratchControl } from "../../test/conformance/scratch-control.ts";
import type { EndpointKey } from "../core/ids.ts";
import { migrate } from "../sqlite/migrate.ts";
import { controlMigrations } from "./control-migrations.ts";
import type { ControlSources } from "./control-store.ts";
import type { EncryptionKey, KeyRing } from "./key-ring.ts";
import { ldbVersion } from "./ldb-schema.ts";
import { LdbReader } from "./ldb-reader.ts";
import { openRow, sealedColumnsOf, sealedTables } from "./sealed-columns.ts";
import { type ControlFiles, SqliteControlWriter } from "./sqlite-control-writer.ts";
import type { TableName } from "./tables.ts";

const k1 = encryptionKeyOf("k1", 1);
const k2 = encryptionKeyOf("k2", 2);
/** The schema version of `control.db` that seals. */
const sealedFrom = 11;
const endpoints = 700; // more than are sealed together
const secretOf = (at: number): string =>
  `whsec_${Buffer.from(`planted secret ${at}, of 32 bytes`.padEnd(32)).toString("base64")}`;
const clientKeyOf = (at: number): string => `planted-client-key-${at}`;
const headerOf = (at: number): string => `planted-header-${at}`;

/** Some endpoints, each with a header, a client key, user information and an old secret. */
async function plant(writer: SqliteControlWriter): Promise<readonly EndpointKey[]> {
  const { application } = await writer.createApplication("org", newApplication(), false);
  const keys = [];
  for (let at = 0; at < endpoints; at += 1) {
    const { key } = await writer.createEndpoint(
      application.key,
      newEndpoint({
        url: `https://planted-user-${at}:pw@x.example/`,
        headers: { "X-Token": headerOf(at) },
        tls: { authorities: undefined, client: { chain: "a chain", privateKey: clientKeyOf(at) } },
        secret: secretOf(at),
      }),
    );
    keys.push(key);
  }
  const [first] = keys;
  assert(first !== undefined);
  await writer.rotateSecret(first, { secret: secretOf(endpoints), overlapMs: 60_000 });
  return keys;
}

/** What is planted, as bytes: none of it is to be found in a file. */
function foundIn({ controlPath, ldbPath }: ControlFiles, needles: readonly string[]): string[] {
  const files = [controlPath, ldbPath].flatMap((path) => [path, `${path}-wal`]).filter(existsSync);
  const bytes = files.map((path) => ({ path, text: readFileSync(path, "latin1") }));
  return needles.flatMap((needle) =>
    bytes.flatMap(({ path, text }) => (text.includes(needle) ? [`${needle} in ${path}`] : [])),
  );
}

const planted = [
  ...Array.from({ length: endpoints }, (_, at) => headerOf(at)),
  ...Array.from({ length: endpoints }, (_, at) => clientKeyOf(at)),
  ...Array.from({ length: endpoints + 1 }, (_, at) => secretOf(at)),
  ...Array.from({ length: endpoints }, (_, at) =>
    Buffer.from(`planted-user-${at}:pw`).toString("base64"),
  ),
];

/**
 * Takes all seals off: control store, ledger and LDB are as a program of before sealing has left them, with what it had
 * deleted in their free pages.
 */
function unseal({ controlPath, ldbPath }: ControlFiles, keyRing: KeyRing): void {
  for (const path of [controlPath, ldbPath]) {
    const database = new DatabaseSync(path);
    database.exec("BEGIN");
    for (const table of sealedTables) {
      for (const row of database.prepare(`SELECT * FROM ${table}`).all()) {
        const key = Number(row["key"]);
        const plain: Record<string, unknown> = openRow(keyRing, table, { ...row, key });
        for (const column of sealedColumnsOf(table)) {
          const update = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE key = ?`);
          update.run(plain[column] as string | null, key); // a sealed column
        }
      }
    }
    if (path === controlPath) {
      const update = database.prepare("UPDATE ledger SET row = ? WHERE sequence = ?");
      for (const entry of database.prepare("SELECT * FROM ledger WHERE row IS NOT NULL").all()) {
        const table = entry["table_name"] as TableName; // the column holds nothing else
        const row = openRow(keyRing, table, JSON.parse(String(entry["row"])));
        update.run(JSON.stringify(row), Number(entry["sequence"]));
      }
      // As the migration leaves it of a store that has a ledger.
      database.exec(
        "DELETE FROM encryption_key; INSERT INTO encryption_key (id, proof) VALUES ('', '')",
      );
    }
    if (path === ldbPath) database.exec(`PRAGMA user_version = ${ldbVersion - 1}`);
    database.exec(`
      CREATE TABLE passing AS SELECT * FROM endpoint; DROP TABLE passing;
      COMMIT; PRAGMA wal_checkpoint(TRUNCATE);`);
    database.close();
  }
}

/** With these keys: everything is done that a start does, and what it does in the background. */
function startWith(files: ControlFiles, sources: ControlSources, keyRing: KeyRing): void {
  const writer = new SqliteControlWriter(files, { ...sources, keyRing }, () => {});
  while (writer.reseal());
  assert.equal(writer.isResealingNeeded, false);
  writer.close();
}

/** All sealed texts of both files are under one key: other ids are nowhere, and every endpoint has what was planted. */
function assertSealedBy(
  key: EncryptionKey,
  { files, sources, keys }: Awaited<ReturnType<typeof stage>>,
): void {
  assert.deepEqual(foundIn(files, planted), []);
  const others = [k1, k2].filter((other) => other !== key).map(({ id }) => `sealed:${id}:`);
  assert.deepEqual(foundIn(files, others), []);
  const reader = new LdbReader(files.ldbPath, {
    ...sources,
    keyRing: [key],
    generation: undefined,
  });
  for (const [at, endpoint] of keys.entries()) {
    const { headers, secrets, tls } = reader.find(endpoint) ?? assert.fail();
    const userInfo = Buffer.from(`planted-user-${at}:pw`).toString("base64");
    assert.deepEqual(headers, [
      ["authorization", `Basic ${userInfo}`],
      ["x-token", headerOf(at)],
    ]);
    assert.equal(tls?.client?.privateKey, clientKeyOf(at));
    const expected = at === 0 ? [secretOf(endpoints), secretOf(0)] : [secretOf(at)];
    assert.deepEqual(
      secrets.map((secret) => secret.key),
      expected,
    );
  }
  reader.close();
}

async function stage(t: TestContext) {
  const { files, sources } = scratchControl(t);
  const writer = new SqliteControlWriter(files, { ...sources, keyRing: [k1] }, () => {});
  const keys = await plant(writer);
  writer.close();
  return { files, sources, keys };
}

test("the upgrade of a store that has written something says that it is to be sealed", () => {
  for (const written of [true, false]) {
    const database = new DatabaseSync(":memory:");
    migrate(database, controlMigrations.slice(0, sealedFrom - 1), "");
    if (written) database.exec("INSERT INTO ledger VALUES (1, 'endpoint', 1, NULL, 0)");
    migrate(database, controlMigrations.slice(0, sealedFrom), "");
    const keys = database.prepare("SELECT id, proof FROM encryption_key").all();
    assert.deepEqual(
      keys.map((key) => ({ ...key })),
      written ? [{ id: "", proof: "" }] : [],
    );
    database.close();
  }
});

test("what was written before secrets were sealed is sealed by the next start, and nothing of it is left", async (t) => {
  const world = await stage(t);
  const { files, sources } = world;
  unseal(files, [k1]);
  const { length } = foundIn(files, planted);
  assert.equal(length, 2 * planted.length); // else it could find nothing later
  new SqliteControlWriter(files, { ...sources, keyRing: [k2] }, () => {}).close();
  assertSealedBy(k2, world);
});

test("a kill while they are sealed loses nothing: the next start goes on", async (t) => {
  const world = await stage(t);
  unseal(world.files, [k1]);
  for (const writes of [1, 2, 5, 9, 12]) killAfter(writes, world.files);
  startWith(world.files, world.sources, [k2]);
  assertSealedBy(k2, world);
});

test("a new first key takes over everything, and then the old one is not needed", async (t) => {
  const world = await stage(t);
  startWith(world.files, world.sources, [k2, k1]);
  assertSealedBy(k2, world);
  startWith(world.files, world.sources, [k2]);
});

test("a kill while a new key takes over loses nothing", async (t) => {
  const world = await stage(t);
  for (const writes of [1, 2, 5, 9, 12]) killAfter(writes, world.files);
  startWith(world.files, world.sources, [k2, k1]);
  assertSealedBy(k2, world);
});

for (const { name, keyRing, message } of [
  {
    name: "another key of the same id",
    keyRing: [encryptionKeyOf("k1", 9)],
    message: /another key is given as k1/,
  },
  {
    name: "other keys alone",
    keyRing: [k2, encryptionKeyOf("k3", 3)],
    message: /by the encryption key k1, but only k2, k3 is given/,
  },
] as const) {
  test(`with ${name} the store does not open, and is as it was`, async (t) => {
    const world = await stage(t);
    const { files, sources } = world;
    const open = () => new SqliteControlWriter(files, { ...sources, keyRing }, () => {});
    assert.throws(open, { code: "encryption_key_wrong", message });
    startWith(files, sources, [k1]);
    assertSealedBy(k1, world);
  });
}

/** Seals by k2 in another process, which kills itself at its nth commit. */
function killAfter(commits: number, files: ControlFiles): void {
  const moduleOf = (name: string): string =>
    JSON.stringify(new URL(`./${name}.ts`, import.meta.url).href);
  const script = `
    import { createSecretKey, randomBytes } from "node:crypto";
    import { DatabaseSync } from "node:sqlite";
    import { SqliteControlWriter } from ${moduleOf("sqlite-control-writer")};
    const { exec } = DatabaseSync.prototype;
    let commits = 0;
    DatabaseSync.prototype.exec = function (sql) {
      if (sql === "COMMIT" && (commits += 1) === ${commits}) process.kill(process.pid, "SIGKILL");
      return exec.call(this, sql);
    };
    const keyOf = (id, number) => ({ id, key: createSecretKey(Buffer.alloc(32, number)) });
    const keyRing = [keyOf("k2", 2), keyOf("k1", 1)];
    const sources = { nowMs: Date.now, randomBytes, keyRing };
    const writer = new SqliteControlWriter(${JSON.stringify(files)}, sources, () => {});
    while (writer.reseal());`;
  const child = spawnSync(process.execPath, ["--input-type=module", "--eval", script]);
  assert.equal(child.signal, "SIGKILL", child.stderr.toString());
}

test("none of what is planted is in a file, and all of it is used", async (t) => {
  const { files, sources } = scratchControl(t);
  const writer = new SqliteControlWriter(files, sources, () => {});
  t.after(() => writer.close());
  const [first] = await plant(writer);
  assert(first !== undefined);
  assert.deepEqual(foundIn(files, planted), []);
  const reader = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
  t.after(() => reader.close());
  assert.equal(reader.endpointSecret(first), secretOf(endpoints));
  assert.deepEqual(reader.endpointHeaders(first), { "X-Token": headerOf(0) });
  assert.deepEqual(
    reader.find(first)?.secrets.map(({ key }) => key),
    [secretOf(endpoints), secretOf(0)],
  );
});
