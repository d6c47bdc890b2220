import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import { commitOf } from "../../../test/conformance/job-db-rows.ts";
import { applicationKeyOf, endpointKeyOf } from "../../core/ids.ts";
import { migrate } from "../../sqlite/migrate.ts";
import { jobDbPath } from "./job-db-folder.ts";
import { jobDbMigrations } from "./job-db-migrations.ts";
import { quarantineDamaged } from "./quarantine.ts";
import { SqliteHistory } from "./sqlite-history.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";
import { upgradeJobDbs } from "./upgrade-job-dbs.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-upgrade-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const dayMs = 24 * 60 * 60 * 1000;
const address = { atMs: 1_800_000_000_000, jobDb: 1, row: 1, nonce: 7 };
const endpoint = endpointKeyOf(3);

/** A JobDb as the first version left it, drained: one message for one endpoint, delivered. */
function writeFirstVersion(): void {
  const database = new DatabaseSync(jobDbPath(folder, 1));
  migrate(database, jobDbMigrations.slice(0, 1), "");
  const { atMs, nonce } = address;
  database.exec(`
    INSERT INTO job_db VALUES (1, 1, ${atMs}, ${atMs});
    INSERT INTO message VALUES (1, ${nonce}, ${atMs}, 1, 'a.b', NULL, NULL, NULL, 30, CAST('{}' AS BLOB));
    INSERT INTO application_here VALUES (1, 1);
    INSERT INTO delivery VALUES (65536, ${endpoint}, 0);
    INSERT INTO endpoint_here VALUES (${endpoint}, 65536);
    INSERT INTO attempt VALUES (1, 5, ${atMs}, 65536, ${endpoint}, 1, 0, 0, NULL, 200, 3, 'https://a.example/', x'');
  `);
  database.close();
}

test("a JobDb of the first version is read, and takes resends and erasures, once it is upgraded", async () => {
  writeFirstVersion();
  upgradeJobDbs(folder);
  const history = new SqliteHistory(folder);
  const message = await history.message(applicationKeyOf(1), address);
  assert.deepEqual(Buffer.from(message?.payload ?? []).toString(), "{}");
  assert.deepEqual(await history.deliveriesOfMessage(address, page), [
    { endpoint, state: "delivered", nextAttemptAtMs: undefined },
  ]);
  const store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 2 });
  const jobDb = await store.open(1);
  assert.ok(jobDb !== undefined);
  const asker = undefined;
  const atMs = address.atMs + 1;
  const resend = { messageRow: 1, endpoint, trigger: "manual", atMs, asker } as const;
  await jobDb.commit(commitOf({ resends: [resend] }));
  const due = await jobDb.due(endpoint, { atMs: 0, place: 0 }, address.atMs + 1, 10);
  assert.deepEqual(due.deliveries, [{ delivery: 65_536, round: 1, attempt: 1, trigger: "manual" }]);
  const expiry = address.atMs + 30 * dayMs;
  assert.deepEqual(await jobDb.eraseExpired(expiry - 1, 10), { nextAtMs: expiry });
  assert.deepEqual(await jobDb.eraseExpired(expiry, 10), { nextAtMs: Infinity });
  assert.equal((await history.message(applicationKeyOf(1), address))?.payload, undefined);
  history.close();
  await store.close();
});

const page = { limit: 10, edge: undefined, direction: "forward" } as const;

test("an upgrade leaves what is new or half-made as it is", () => {
  new DatabaseSync(jobDbPath(folder, 1)).close();
  upgradeJobDbs(folder);
  const database = new DatabaseSync(jobDbPath(folder, 1));
  assert.deepEqual(database.prepare("SELECT name FROM sqlite_schema").all(), []);
  database.close();
});

test("a JobDb that a newer program has written is refused", () => {
  const database = new DatabaseSync(jobDbPath(folder, 1));
  database.exec(`PRAGMA user_version = ${jobDbMigrations.length + 1}`);
  database.close();
  assert.throws(() => upgradeJobDbs(folder), { code: "data_newer" });
});

test("a JobDb whose damage shows at the upgrade fails this start, and is set aside by the next one", () => {
  writeFirstVersion();
  upgradeJobDbs(folder);
  const path = jobDbPath(folder, 1);
  const pageBytes = 4096;
  const bytes = readFileSync(path);
  const rootPage = rootPageOf(path, "application_here");
  writeFileSync(path, bytes.fill(0xff, (rootPage - 1) * pageBytes, rootPage * pageBytes));
  assert.deepEqual(quarantineDamaged(folder), []);
  assert.throws(() => upgradeJobDbs(folder), { code: "jobdb_failed" });
  assert.deepEqual(
    quarantineDamaged(folder).map(({ jobDb }) => jobDb),
    [1],
  );
  assert.deepEqual([...upgradeJobDbs(folder)], []);
});

function rootPageOf(path: string, table: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(table);
  database.close();
  return Number(row?.["rootpage"]);
}
