import assert from "node:assert/strict";
import { test } from "node:test";
import { createBackend, startMs } from "../../test/api/in-memory-backend.ts";
import { onceKeyOf } from "../../test/conformance/control-once.ts";
import { PosthornError } from "../core/errors.ts";
import { applicationKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { History, KeptHash } from "../director/facade.ts";
import { MessageAnswers } from "./message-answers.ts";

const application = applicationKeyOf(1);

/** Over a history that has kept these before, and tells what it is asked for. */
function answersOver(kept: AsyncIterable<readonly KeptHash[]>) {
  const asked: { byte: number | undefined; sinceMs: number; beforeMs: number }[] = [];
  const history: History = {
    ...createBackend().history,
    answersSince: () => kept,
    answer: async (hash, sinceMs, beforeMs) => {
      asked.push({ byte: hash[0], sinceMs, beforeMs });
      return { text: "kept", messages: [] };
    },
  };
  const answers = new MessageAnswers({ history, nowMs: () => startMs });
  const find = answers.kept(({ text }) => ({ status: 202, body: { text } }));
  return { answers, asked, find };
}

async function* steps(...bytes: readonly number[]): AsyncGenerator<readonly KeptHash[], void> {
  for (const byte of bytes) yield [{ hash: onceKeyOf(byte).hash, atMs: startMs - 1 }];
}

test("history is asked about every key until it has told what it keeps, and then only about that", async () => {
  const { answers, asked, find } = answersOver(steps(1, 2));
  const sinceMs = startMs - limits.answersKeptMs;
  assert.deepEqual(await find(onceKeyOf(3)), { status: 202, body: { text: "kept" } });
  assert.deepEqual(asked.splice(0), [{ byte: 3, sinceMs, beforeMs: Infinity }]);
  await answers.load();
  assert.equal(await find(onceKeyOf(3)), undefined);
  assert.deepEqual(asked, []);
  assert.deepEqual(await find(onceKeyOf(2)), { status: 202, body: { text: "kept" } });
  assert.deepEqual(asked, [{ byte: 2, sinceMs, beforeMs: Infinity }]);
});

test("what is about to be kept is asked for from then on", async () => {
  const { answers, asked, find } = answersOver(steps());
  await answers.load();
  const onceKey = onceKeyOf(1);
  assert.equal(await find(onceKey), undefined);
  const made = answers.newAnswer({ onceKey }, application, "text");
  assert.deepEqual(made, { application, hash: onceKey.hash, text: "text" });
  assert.notEqual(await find(onceKey), undefined);
  assert.equal(asked.length, 1);
  assert.equal(answers.newAnswer({ onceKey: undefined }, application, "text"), undefined);
});

test("a history that fails, or that is stopped, before it has told all is asked about every key", async () => {
  const failing = answersOver(
    (async function* fail() {
      yield* steps(1);
      throw new Error("the disk is gone");
    })(),
  );
  await assert.rejects(failing.answers.load(), /the disk is gone/);
  await failing.find(onceKeyOf(9));
  assert.equal(failing.asked.length, 1);
  const stopped = answersOver(steps(1, 2));
  stopped.answers.stop();
  await stopped.answers.load();
  await stopped.find(onceKeyOf(9));
  assert.equal(stopped.asked.length, 1);
});

test("a history that is closed after the stop is no failure of the reading", async () => {
  const { answers } = answersOver(close());
  async function* close(): ReturnType<typeof steps> {
    answers.stop();
    yield* steps();
    throw new PosthornError("shutting_down", "the history is closed");
  }
  await answers.load();
});
