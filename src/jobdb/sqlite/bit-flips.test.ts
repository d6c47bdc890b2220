/** A disk that alters what was written: what is found must be what was stored, or known to be damaged. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import {
  attemptOf,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../../test/conformance/job-db-rows.ts";
import { makeScratchFolder, type ScratchFolder } from "../../../test/e2e/scratch-folder.ts";
import { PosthornError } from "../../core/errors.ts";
import { endpointKeyOf, messageIdOf } from "../../core/ids.ts";
import type { StoredPayload } from "../../director/ports.ts";
import { jobDbPath } from "./job-db-folder.ts";
import { quarantinedIn, quarantineDamaged } from "./quarantine.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";

const rows = 60;
const endpoint = endpointKeyOf(3);
let scratch: ScratchFolder;
/** Payloads by message id, as they were stored. */
const stored = new Map<string, Buffer>();

before(async () => {
  scratch = makeScratchFolder("bit-flips");
  const store = new SqliteJobDbStore(folderOf("sound"), { index: 0, count: 1, epoch: 1 });
  const jobDb = await store.create();
  const messages = Array.from({ length: rows }, (_, index) =>
    messageTo([endpoint], index + 1, { payload: Buffer.alloc(700, `payload ${index} `) }),
  );
  const attempts = messages.map(({ row }) => attemptOf(firstDeliveryOf(row), endpoint, row));
  await jobDb.commit(commitOf({ messages, attempts: attempts.slice(0, rows / 2) }));
  for (const { row, nonce, atMs, payload } of messages) {
    stored.set(messageIdOf({ jobDb: 1, row, nonce, atMs }), Buffer.from(payload));
  }
  await store.close(); // the last connection: everything is in the file then
});

after(() => scratch.remove());

function folderOf(name: string): string {
  return join(scratch.path, name);
}

/** What a Director would send of the file. Fails with a PosthornError if the damage is found, or tells "damaged". */
async function readAll(folder: string): Promise<readonly StoredPayload[]> {
  const store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 2 });
  try {
    const [jobDb] = await store.unsettled();
    if (jobDb === undefined) return [];
    await jobDb.endpoints();
    await jobDb.unattempted(endpoint, firstDeliveryOf(0), 1000);
    return await jobDb.payloads(Array.from({ length: rows }, (_, index) => index + 1));
  } finally {
    await store.close();
  }
}

test("whatever bit of a JobDb flips, no payload is read that was not stored under its id", async () => {
  const sound = readFileSync(jobDbPath(folderOf("sound"), 1));
  const outcomes = new Map<string, number>();
  const folder = folderOf("flipped");
  await fc.assert(
    fc.asyncProperty(fc.nat(sound.length * 8 - 1), async (bit) => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      const altered = Buffer.from(sound);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(jobDbPath(folder, 1), altered);
      const outcome = await outcomeOf(folder);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }),
    { numRuns: 300 },
  );
  assert.ok((outcomes.get("a payload is known to be damaged") ?? 0) > 0, "payloads were hit");
});

async function outcomeOf(folder: string): Promise<string> {
  try {
    const found = await readAll(folder);
    for (const { address, payload } of found) {
      if (typeof payload === "string") continue;
      assert.deepEqual(Buffer.from(payload), stored.get(messageIdOf(address)));
    }
    const isKnown = found.some(({ payload }) => payload === "damaged");
    return isKnown ? "a payload is known to be damaged" : "harmless";
  } catch (error) {
    if (!(error instanceof PosthornError) && !isAssertion(error)) throw error;
    return "the file is refused";
  }
}

/** Of the program, not of this test: a row that must be there is not, and nothing goes on. */
function isAssertion(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("assertion failed");
}

test("a file that is no database is set aside with all that belongs to it, and its number is not used again", async () => {
  const folder = folderOf("set-aside");
  mkdirSync(folder);
  copyFileSync(jobDbPath(folderOf("sound"), 1), jobDbPath(folder, 1));
  writeFileSync(jobDbPath(folder, 2), "x".repeat(5000));
  writeFileSync(`${jobDbPath(folder, 2)}-wal`, "its WAL");
  const [found, ...others] = quarantineDamaged(folder);
  assert.deepEqual(others, []);
  assert.equal(found?.jobDb, 2);
  assert.match(found.reason, /file is not a database/);
  assert.deepEqual(quarantinedIn(folder), [found]);
  assert.equal(readFileSync(`${jobDbPath(join(folder, "quarantine"), 2)}-wal`, "utf8"), "its WAL");
  assert.deepEqual(quarantineDamaged(folder), []);
  const store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 2 });
  assert.deepEqual(
    (await store.unsettled()).map(({ number }) => number),
    [1],
  );
  assert.equal((await store.create()).number, 3);
  await store.close();
});

test("what is found to be damaged in use is marked, and set aside by the next start", async () => {
  const folder = folderOf("in-use");
  mkdirSync(folder);
  const altered = readFileSync(jobDbPath(folderOf("sound"), 1));
  altered.fill(0xff, 3 * 4096); // past the schema: it opens
  writeFileSync(jobDbPath(folder, 1), altered);
  await assert.rejects(readAll(folder), { code: "jobdb_failed", message: /malformed/ });
  assert.match(quarantineDamaged(folder)[0]?.reason ?? "", /malformed/);
});
