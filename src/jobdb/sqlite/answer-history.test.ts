/** Answers as history finds them again. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { answerOf, baseAtMs, commitOf, messageTo } from "../../../test/conformance/job-db-rows.ts";
import { limits } from "../../core/limits.ts";
import type { JobDb } from "../../director/ports.ts";
import { jobDbPath } from "./job-db-folder.ts";
import { runRows } from "./run.ts";
import { SqliteHistory } from "./sqlite-history.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";

let folder: string;
let store: SqliteJobDbStore;
let history: SqliteHistory;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-answers-"));
  store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 1 });
  history = new SqliteHistory(folder);
});
afterEach(async () => {
  history.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

const longAgoMs = 0;
const hashOf = (number: number): Uint8Array => answerOf(number).hash;
const textOf = async (number: number, sinceMs = longAgoMs): Promise<string | undefined> =>
  (await history.answer(hashOf(number), sinceMs, Infinity))?.text;

/** The JobDb's file is as if it had been written to then. */
function written(jobDb: number, atMs: number): void {
  utimesSync(jobDbPath(folder, jobDb), atMs / 1000, atMs / 1000);
}

/** Answers about no message, in one commit. */
async function keep(jobDb: JobDb, numbers: readonly number[]): Promise<void> {
  await jobDb.commit(commitOf({ answers: numbers.map((at) => answerOf(at)) }));
}

test("an answer is found by its hash, with the messages that it is about, in order", async () => {
  const jobDb = await store.create();
  await jobDb.commit(
    commitOf({
      messages: [1, 2, 3, 4].map((row) => messageTo([1], row)),
      answers: [answerOf(1, { firstMessage: 2, messages: 2 }), answerOf(2)],
    }),
  );
  const found = await history.answer(hashOf(1), longAgoMs, Infinity);
  assert.equal(found?.text, "answer 1");
  assert.deepEqual(
    found.messages.map(({ address, payload }) => [address.row, new TextDecoder().decode(payload)]),
    [
      [2, '{"row":2}'],
      [3, '{"row":3}'],
    ],
  );
  assert.deepEqual(await history.answer(hashOf(2), longAgoMs, Infinity), {
    text: "answer 2",
    messages: [],
  });
});

test("an answer is not found by a hash that only begins like its own", async () => {
  const hash = Uint8Array.from(hashOf(1));
  await keep(await store.create(), [1]);
  hash[31] = 0;
  assert.equal(await history.answer(hash, longAgoMs, Infinity), undefined);
  assert.equal(await textOf(2), undefined);
});

test("an answer is found until it is older than was asked for, whatever has been kept since", async () => {
  const jobDb = await store.create();
  await keep(jobDb, [1, 2, 3]);
  written(jobDb.number, baseAtMs + 9);
  assert.equal(await textOf(2, baseAtMs + 2), "answer 2");
  assert.equal(await textOf(2, baseAtMs + 3), undefined);
  assert.equal(await textOf(3, baseAtMs + 3), "answer 3");
  assert.equal(await textOf(3, baseAtMs + 4), undefined);
});

test("an answer is looked for before a time only, if that is asked for", async () => {
  const jobDb = await store.create();
  await keep(jobDb, [1, 2, 3]);
  assert.equal(await history.answer(hashOf(2), longAgoMs, baseAtMs + 2), undefined);
  assert.equal((await history.answer(hashOf(2), longAgoMs, baseAtMs + 3))?.text, "answer 2");
  assert.equal(await history.answer(hashOf(1), longAgoMs, baseAtMs), undefined);
});

test("all answers since a time are told, from every JobDb and in steps", async () => {
  const older = await store.create();
  const newer = await store.create();
  const most = limits.answersPerTurn;
  await keep(older, [1, 2]);
  const hash = hashOf(3);
  const answers = Array.from({ length: most + 1 }, (_, at) => ({ ...answerOf(3 + at), hash }));
  await newer.commit(commitOf({ answers }));
  for (const jobDb of [older, newer]) written(jobDb.number, baseAtMs + 2 * most);
  const steps: number[][] = [];
  for await (const step of history.answersSince(baseAtMs + 2)) {
    steps.push(step.map(({ atMs }) => atMs - baseAtMs));
    assert.ok(step.every((each) => each.hash.length === 32));
  }
  assert.deepEqual(
    steps.map((step) => [step.length, step[0], step.at(-1)]),
    [
      [1, 2, 2],
      [most, 3, most + 2],
      [1, most + 3, most + 3],
    ],
  );
});

test("of two answers under a hash the newer one is found, in whichever JobDb it is", async () => {
  const older = await store.create();
  const first = answerOf(1, { text: "first" });
  const second = answerOf(1, { text: "second", atMs: baseAtMs + 9 });
  await older.commit(commitOf({ answers: [first, second] }));
  assert.equal(await textOf(1), "second");
  await older.commit(commitOf({ messages: [messageTo([], 1)] }));
  const newer = await store.create();
  await newer.commit(commitOf({ answers: [answerOf(1, { text: "third" })] }));
  assert.equal(await textOf(1), "third");
});

test("answers of all runs are found, and from any run on", async () => {
  const jobDb = await store.create();
  const last = 3 * runRows;
  const answers = Array.from({ length: last }, (_, index) => {
    const hash = new Uint8Array(32);
    new DataView(hash.buffer).setUint32(0, index + 1);
    return { ...answerOf(index + 1), hash };
  });
  await jobDb.commit(commitOf({ answers }));
  written(jobDb.number, baseAtMs + 2 * last);
  for (const number of [1, runRows - 1, runRows, 2 * runRows + 7, last]) {
    const hash = answers[number - 1]?.hash ?? assert.fail();
    assert.equal((await history.answer(hash, longAgoMs, Infinity))?.text, `answer ${number}`);
    assert.equal(
      (await history.answer(hash, baseAtMs + number, Infinity))?.text,
      `answer ${number}`,
    );
    assert.equal(await history.answer(hash, baseAtMs + number + 1, Infinity), undefined);
  }
});

test("a JobDb that was not written to since then is not even opened", async () => {
  await keep(await store.create(), [1]);
  await store.close();
  written(1, baseAtMs - 1);
  assert.equal(await textOf(1, baseAtMs), undefined);
  written(1, baseAtMs + 1);
  assert.equal(await textOf(1, baseAtMs), "answer 1");
});
