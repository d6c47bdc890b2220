/** What every implementation of the JobDb port does about answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointKeyOf } from "../../src/core/ids.ts";
import type { JobDbStore } from "../../src/director/ports.ts";
import type { JobDbSubject } from "./job-db-subject.ts";
import { answerOf, attemptOf, commitOf, firstDeliveryOf, messageTo } from "./job-db-rows.ts";

const one = endpointKeyOf(1);

export function keepsAnswers(subjectOf: () => JobDbSubject): void {
  const open = (epoch: number): JobDbStore => subjectOf().open({ index: 0, count: 1, epoch });

  test("are kept in the commit of their messages, or without any, in the order of recording", async () => {
    const jobDb = await open(1).create();
    const answers = [answerOf(1, { messages: 2 }), answerOf(2, { firstMessage: 3 })];
    await jobDb.commit(
      commitOf({
        messages: [messageTo([1], 1), messageTo([1], 2)],
        answers,
      }),
    );
    const third = answerOf(3, { text: "Ünïcode \u0000" });
    await jobDb.commit(commitOf({ answers: [third] }));
    assert.deepEqual(subjectOf().answersIn(jobDb.number), [...answers, third]);
  });

  test("of a commit that fails are not kept", async () => {
    const jobDb = await open(1).create();
    const messages = [messageTo([1], 1)];
    await jobDb.commit(commitOf({ messages, answers: [answerOf(1)] }));
    subjectOf().breakDisk(jobDb.number);
    const attempts = [attemptOf(firstDeliveryOf(1), one, 1)];
    await assert.rejects(jobDb.commit(commitOf({ attempts, answers: [answerOf(2)] })));
    assert.deepEqual(subjectOf().answersIn(jobDb.number), [answerOf(1)]);
  });

  test("never go back in time, and their JobDb is a new one's as long as no message is there", async () => {
    const store = open(1);
    const jobDb = await store.create();
    const later = answerOf(5);
    await jobDb.commit(commitOf({ answers: [later] }));
    await store.close();
    const next = open(2);
    assert.deepEqual(await next.unsettled(), []);
    const again = await next.create();
    assert.equal(again.number, jobDb.number);
    await again.commit(commitOf({ messages: [messageTo([1], 1)], answers: [answerOf(1)] }));
    const clamped = { ...answerOf(1), atMs: later.atMs };
    assert.deepEqual(subjectOf().answersIn(jobDb.number), [later, clamped]);
  });
}
