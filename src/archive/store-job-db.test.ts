import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import fc from "fast-check";
import {
  commitsWithOneUndelivered,
  dumpOf,
  jobDbContentArbitrary,
  makeDrainedJobDb,
  makeRandomJobDb,
  tablesOf,
  testNames,
} from "../../test/archive/drained-job-db.ts";
import { failingAt } from "../../test/archive/failing-archive-store.ts";
import { MemoryArchiveStore } from "../../test/archive/memory-archive-store.ts";
import { commitOf, messageTo } from "../../test/conformance/job-db-rows.ts";
import { messageIdOf } from "../core/ids.ts";
import { jobDbPath } from "../jobdb/sqlite/job-db-folder.ts";
import { jobDbMigrations } from "../jobdb/sqlite/job-db-migrations.ts";
import { prepareSelectJobDb } from "../jobdb/sqlite/job-db-statements.ts";
import { migrate, schemaVersionOf } from "../sqlite/migrate.ts";
import { type Damage, listArchives, verifyArchive } from "./archive-listing.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { packBlock, readBlock } from "./block.ts";
import { archivedTables, unarchivedTables } from "./job-db-rows.ts";
import { encodeManifest, type Manifest, noRows } from "./manifest.ts";
import { restoreJobDb, type RestoreOptions } from "./restore-job-db.ts";
import { storeJobDb, type StoreOptions } from "./store-job-db.ts";

let folder: string;
let store: MemoryArchiveStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-store-"));
  store = new MemoryArchiveStore();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Into blocks of some lines each. */
function options(rest: Partial<StoreOptions> = {}): StoreOptions {
  return {
    store,
    folder,
    names: testNames,
    blockBytes: 500,
    betweenBlocks: async () => undefined,
    ...rest,
  };
}

function to(from: ArchiveStore, target: string): RestoreOptions {
  return { store: from, folder: target, betweenBlocks: async () => undefined };
}

async function allOf<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function damagesOf(from: ArchiveStore): Promise<readonly Damage[]> {
  const damages: Damage[] = [];
  for await (const listed of listArchives(from)) {
    if (listed.kind === "damaged") damages.push(listed.damage);
    else damages.push(...(await allOf(verifyArchive(from, listed.manifest))));
  }
  return damages;
}

async function manifestsOf(from: ArchiveStore): Promise<readonly Manifest[]> {
  const listed = await allOf(listArchives(from));
  return listed.flatMap((each) => (each.kind === "whole" ? [each.manifest] : []));
}

async function linesOf(manifest: Manifest): Promise<readonly string[]> {
  const blocks = await Promise.all(manifest.blocks.map((block) => readBlock(store, block)));
  return blocks.flatMap((read) => (read.kind === "whole" ? read.lines : []));
}

test("every table of a JobDb is archived, or is said not to be", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database, jobDbMigrations, "");
  assert.deepEqual([...archivedTables, ...unarchivedTables].toSorted(), tablesOf(database));
  database.close();
});

test("what is restored has every row of every archived table as it was, whatever was in them", async () => {
  const property = fc.asyncProperty(
    jobDbContentArbitrary,
    fc.integer({ min: 1, max: 2_000 }),
    async (content, blockBytes) => {
      const source = mkdtempSync(join(folder, "source-"));
      const target = join(source, "restored");
      const jobDb = await makeRandomJobDb(source, content);
      const memory = new MemoryArchiveStore();
      const own = options({ store: memory, folder: source, blockBytes });
      const manifest = await storeJobDb(jobDb, "history", own);
      assert.deepEqual(await damagesOf(memory), []);
      await restoreJobDb(manifest, to(memory, target));
      assert.deepEqual(
        dumpOf(target, jobDb, unarchivedTables),
        dumpOf(source, jobDb, unarchivedTables),
      );
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

test("lines say by public names what they are of, and bytes that are text are text", async () => {
  const message = messageTo([1, 4], 1, { payload: Buffer.from('{"note":"ünï"}') });
  const bytes = messageTo([], 2, { payload: Uint8Array.from([0xff, 0xfe]) });
  const jobDb = await makeDrainedJobDb(folder, [commitOf({ messages: [message, bytes] })]);
  const lines = await linesOf(await storeJobDb(jobDb, "history", options()));
  const messages = lines.filter((line) => line.startsWith('{"table":"message"'));
  const { atMs, row, nonce } = message;
  const id = messageIdOf({ jobDb, atMs, row, nonce });
  const start = `{"table":"message","id":"${id}","applicationId":"app_1","applicationUid":"customer-1","at":"2027-01-15T08:00:00.001Z","row":{"row":1,`;
  assert.equal(messages[0]?.slice(0, start.length), start);
  assert.match(messages[0] ?? "", /"payload":\{"utf8":"\{\\"note\\":\\"ünï\\"\}"\}/);
  assert.match(messages[1] ?? "", /"payload":\{"base64":"\/\/4="\}/);
  const deliveries = lines.filter((line) => line.startsWith('{"table":"delivery"'));
  assert.deepEqual(
    deliveries.map((line) => line.slice(0, line.indexOf(',"row"'))),
    [
      `{"table":"delivery","messageId":"${id}","endpointId":"ep_1","state":"failed"`,
      `{"table":"delivery","messageId":"${id}","state":"failed"`,
    ],
  );
});

test("undelivered are the messages with a delivery that failed for good, with all that belongs to them", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  const manifest = await storeJobDb(jobDb, "undelivered", options());
  const { rows, undelivered, applications, endpoints, eventTypes } = manifest;
  assert.deepEqual([rows.message, rows.delivery, rows.attempt, undelivered], [1, 1, 1, 1]);
  assert.deepEqual([applications, endpoints, eventTypes], [[1], [1], ["invoice.paid"]]);
  const target = join(folder, "restored");
  await restoreJobDb(manifest, to(store, target));
  const database = new DatabaseSync(jobDbPath(target, jobDb), { readOnly: true });
  assert.deepEqual({ ...database.prepare("SELECT row FROM message").get() }, { row: 2 });
  const erasedTo = database.prepare("SELECT erased_to FROM retention_here").get();
  assert.deepEqual({ ...erasedTo }, { erased_to: 2 }, "no payload of them is erased by its days");
  database.close();
});

test("what was archived with an older schema is restored with the newest, and counts as sealed", async () => {
  const rows = [
    { table: "job_db", row: { number: 7, epoch: 1, created_at_ms: 5, drained_at_ms: 6 } },
    { table: "application_here", row: { application: 1, first_message: 1 } },
  ];
  const { block, bytes } = packBlock(
    rows.map((row) => JSON.stringify(row)),
    "blocks/x/",
    1,
  );
  await store.put(block.name, bytes);
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  const newest = await storeJobDb(jobDb, "history", options());
  const manifest = {
    ...newest,
    jobDb: 7,
    schemaVersion: 1,
    rows: { ...noRows(), job_db: 1, application_here: 1 },
    blocks: [block],
  };
  const target = join(folder, "restored");
  await restoreJobDb(manifest, to(store, target));
  const database = new DatabaseSync(jobDbPath(target, 7), { readOnly: true });
  assert.equal(schemaVersionOf(database, jobDbMigrations, ""), jobDbMigrations.length);
  assert.deepEqual({ ...database.prepare("SELECT * FROM application_here").get() }, rows[1]?.row);
  assert.equal(prepareSelectJobDb(database)().sealed_at_ms, 6, "as of when it was drained");
  database.close();
});

test("a JobDb that is not drained is not archived", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  const database = new DatabaseSync(jobDbPath(folder, jobDb));
  database.exec("UPDATE job_db SET drained_at_ms = NULL");
  database.close();
  await assert.rejects(storeJobDb(jobDb, "history", options()), {
    code: "archive_failed",
    message: "00000001.history not archived: the JobDb is not drained",
  });
  assert.equal(store.objects.size, 0);
});

test("a JobDb that changes while it is archived is not archived, and is when it is done again", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered(20));
  let blocks = 0;
  const betweenBlocks = async (): Promise<void> => {
    blocks += 1;
    if (blocks !== 3) return;
    const database = new DatabaseSync(jobDbPath(folder, jobDb));
    database.exec("UPDATE message SET payload = x'', erased_at_ms = 1 WHERE row = 1");
    database.close();
  };
  await assert.rejects(storeJobDb(jobDb, "history", options({ betweenBlocks })), {
    code: "archive_failed",
    message: /is not what the JobDb has, or has had meanwhile$/,
  });
  assert.deepEqual(await manifestsOf(store), []);
  const manifest = await storeJobDb(jobDb, "history", options({ betweenBlocks }));
  const names = [...store.objects.keys()].filter((name) => name.startsWith("blocks/"));
  assert.deepEqual(
    names.toSorted(),
    manifest.blocks.map(({ name }) => name),
  );
});

test("a JobDb with rows that are found nowhere is not archived as if it were whole", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  const database = new DatabaseSync(jobDbPath(folder, jobDb));
  database.exec("INSERT INTO delivery VALUES (999 << 16, 1, 0)");
  database.close();
  await assert.rejects(storeJobDb(jobDb, "history", options()), {
    code: "archive_failed",
    message: /the JobDb has 3 rows in delivery, of which 2 were archived$/,
  });
  assert.deepEqual(await manifestsOf(store), []);
});

test("another data folder's JobDb of the same number is not replaced", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  await storeJobDb(jobDb, "history", options());
  const other = join(folder, "other");
  await makeDrainedJobDb(other, commitsWithOneUndelivered());
  const database = new DatabaseSync(jobDbPath(other, jobDb));
  database.exec("UPDATE job_db SET created_at_ms = created_at_ms + 1");
  database.close();
  const before = new Map(store.objects);
  await assert.rejects(storeJobDb(jobDb, "history", options({ folder: other })), {
    code: "archive_foreign",
  });
  assert.deepEqual(store.objects, before);
});

test("whichever call to the store fails, there is a whole archive or none, and the next time there is one", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered(6));
  const source = dumpOf(folder, jobDb);
  let calls = 0;
  for (let stored = false; !stored; calls += 1) {
    store = new MemoryArchiveStore();
    stored = await storeJobDb(jobDb, "history", options({ store: failingAt(calls, store) })).then(
      () => true,
      () => false,
    );
    assert.deepEqual(await damagesOf(store), [], `after ${calls} calls`);
    assert.deepEqual(dumpOf(folder, jobDb), source);
    await storeJobDb(jobDb, "history", options());
    assert.equal((await manifestsOf(store)).length, 1);
    assert.deepEqual(await damagesOf(store), []);
  }
  assert.ok(calls > 10);
});

test("an archive that is made anew stays whole while that fails", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered(6));
  await storeJobDb(jobDb, "history", options());
  const first = (await manifestsOf(store))[0];
  const database = new DatabaseSync(jobDbPath(folder, jobDb));
  database.exec("UPDATE message SET payload = x'', erased_at_ms = 1");
  database.close();
  for (
    let calls = 0;
    (await manifestsOf(store))[0]?.blocks[0]?.name === first?.blocks[0]?.name;
    calls += 1
  ) {
    await storeJobDb(jobDb, "history", options({ store: failingAt(calls, store) })).catch(() => 0);
    assert.deepEqual(await damagesOf(store), [], `after ${calls} calls`);
  }
});

test("a store that gives back something else than it was given is found out, whatever object it is", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered(6));
  await storeJobDb(jobDb, "history", options());
  const names = [...store.objects.keys()];
  for (const lying of names) {
    const memory = new MemoryArchiveStore();
    const altered: ArchiveStore = {
      put: (name, bytes) => memory.put(name, name === lying ? flipped(bytes, 200) : bytes),
      get: (name) => memory.get(name),
      list: (prefix) => memory.list(prefix),
      delete: (name) => memory.delete(name),
      close: () => memory.close(),
    };
    await assert.rejects(storeJobDb(jobDb, "history", options({ store: altered })), {
      code: "archive_failed",
    });
  }
});

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = (bit >> 3) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

test("each flipped bit in each object is found, and the object named", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered(2));
  const manifest = await storeJobDb(jobDb, "history", options({ blockBytes: 1_500 }));
  assert.ok(manifest.blocks.length > 1);
  for (const [name, bytes] of store.objects) {
    // Each bit of a manifest, which is JSON; some of each block's, as a checksum is compared before anything else.
    const step = name.startsWith("manifests/") ? 1 : 97;
    for (let bit = 0; bit < bytes.length * 8; bit += step) {
      store.objects.set(name, flipped(bytes, bit));
      const damages = await damagesOf(store);
      assert.deepEqual(
        damages.map((damage) => damage.name),
        [name],
        `bit ${bit}`,
      );
    }
    store.objects.set(name, bytes);
  }
  assert.deepEqual(await damagesOf(store), []);
});

test("a block that is missing is named, and keeps the JobDb from being restored", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered(6));
  const manifest = await storeJobDb(jobDb, "history", options());
  const name = manifest.blocks[1]?.name ?? "";
  store.objects.delete(name);
  assert.deepEqual(await damagesOf(store), [{ name, why: "it is missing" }]);
  const target = join(folder, "restored");
  await assert.rejects(restoreJobDb(manifest, to(store, target)), {
    code: "archive_damaged",
    message: `${name} is damaged: it is missing`,
  });
  assert.equal(existsSync(jobDbPath(target, jobDb)), false);
});

test("a JobDb that is there is not replaced by a restored one", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  const manifest = await storeJobDb(jobDb, "history", options());
  await assert.rejects(restoreJobDb(manifest, to(store, folder)), { code: "conflict" });
});

test("a manifest in a newer format is told as such, not as damage", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  const manifest = await storeJobDb(jobDb, "history", options());
  const newer = { ...manifest, format: 2 as 1 }; // what this program's own type does not have
  await store.put("manifests/00000001.history.json", encodeManifest(newer));
  await assert.rejects(damagesOf(store), { code: "data_newer", message: /has format 2/ });
});

test("what a newer program has archived is not restored", async () => {
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  const manifest = await storeJobDb(jobDb, "history", options());
  const newer = { ...manifest, schemaVersion: jobDbMigrations.length + 1 };
  await assert.rejects(restoreJobDb(newer, to(store, join(folder, "restored"))), {
    code: "data_newer",
  });
});
