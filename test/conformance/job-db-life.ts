/** What every implementation of the JobDbStore port must do with a JobDb's life. Run by job-db.test.ts for each of them. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { endpointKeyOf } from "../../src/core/ids.ts";
import type { JobDb, JobDbStore } from "../../src/director/ports.ts";
import type { JobDbSubject } from "./job-db-subject.ts";
import { attemptOf, baseAtMs, commitOf, firstDeliveryOf, messageTo } from "./job-db-rows.ts";

const one = endpointKeyOf(1);

export function jobDbLifeConformance(name: string, makeSubject: () => JobDbSubject): void {
  describe(`${name}: life`, () => {
    let subject: JobDbSubject;
    beforeEach(() => {
      subject = makeSubject();
    });
    afterEach(() => subject.remove());

    const open = (epoch: number): JobDbStore => subject.open({ index: 0, count: 1, epoch });

    test("a drained JobDb is not read by a later start, unless something was committed since", async () => {
      const store = open(1);
      const [drained, revived] = [await store.create(), await store.create()];
      for (const jobDb of [drained, revived]) {
        await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
        await jobDb.markDrained();
      }
      const attempt = attemptOf(firstDeliveryOf(1), one, 1, { retryAtMs: baseAtMs + 1 });
      await revived.commit(commitOf({ attempts: [attempt] }));
      await store.close();
      const unsettled = await open(2).unsettled();
      assert.deepEqual(
        unsettled.map(({ number }) => number),
        [revived.number],
      );
    });

    test("what is open in a store does not count as left by an earlier run", async () => {
      const store = open(1);
      const jobDb = await store.create();
      await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
      assert.deepEqual(await store.unsettled(), []);
    });

    test("a sealed JobDb takes attempts and no messages, also for the next owner", async () => {
      const store = open(1);
      const jobDb = await store.create();
      await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
      await jobDb.seal();
      await jobDb.seal();
      const retried = attemptOf(firstDeliveryOf(1), one, 1, { retryAtMs: baseAtMs + 1 });
      await jobDb.commit(commitOf({ attempts: [retried] }));
      await store.close();
      const [next] = await open(2).unsettled();
      assert.equal(next?.lastAttemptRow, 1);
      await assert.rejects(next.commit(commitOf({ messages: [messageTo([1], 2)] })));
    });

    test("while one is being made, commits to another go on, and both are there", async () => {
      const store = open(1);
      const jobDb = await store.create();
      const making = store.create();
      await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
      const made = await making;
      await made.commit(commitOf({ messages: [messageTo([1], 1)] }));
      assert.deepEqual(await store.expiring(Infinity), [jobDb.number, made.number]);
      await store.close();
      const unsettled = await open(2).unsettled();
      assert.deepEqual(
        unsettled.map(({ number }) => number),
        [jobDb.number, made.number],
      );
    });

    describe("dropping", () => {
      /** With a message for an endpoint in each, the last one taking more. */
      const createThree = async (store: JobDbStore) => {
        const jobDbs = [await store.create(), await store.create(), await store.create()];
        for (const jobDb of jobDbs) await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
        return jobDbs;
      };
      const drain = async (store: JobDbStore, jobDb: JobDb) => {
        await jobDb.seal();
        await jobDb.markDrained();
        await store.release(jobDb.number);
      };

      test("takes a settled JobDb away for good, and its number is not given out again", async () => {
        const store = open(1);
        const jobDbs = await createThree(store);
        for (const jobDb of jobDbs.slice(0, 2)) await drain(store, jobDb);
        assert.equal(await store.drop(1), true);
        assert.equal(await store.drop(2), true);
        assert.deepEqual(await store.expiring(Infinity), [3]);
        assert.equal(await store.open(2), undefined);
        assert.equal(await store.drop(2), false);
        await store.close();
        const next = open(2);
        assert.deepEqual(await next.expiring(Infinity), [3]);
        assert.equal((await next.create()).number, 4);
      });

      test("leaves what is unsettled, in use, or the highest of all", async () => {
        const store = open(1);
        const [first, second, third] = await createThree(store);
        assert.ok(first !== undefined && second !== undefined && third !== undefined);
        await store.release(first.number);
        await second.seal();
        await second.markDrained();
        await drain(store, third);
        for (const jobDb of [first, second, third])
          assert.equal(await store.drop(jobDb.number), false);
        assert.deepEqual(await store.expiring(Infinity), [1, 2, 3]);
      });

      test("leaves what is another Director's", async () => {
        const [store, other] = [0, 1].map((index) => subject.open({ index, count: 2, epoch: 1 }));
        assert.ok(store !== undefined && other !== undefined);
        const jobDb = await store.create();
        await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
        await drain(store, jobDb);
        await store.create();
        assert.equal(await other.drop(jobDb.number), false);
        assert.equal(await store.drop(jobDb.number), true);
      });
    });

    test("closing finishes what is under way and refuses what comes after", async () => {
      const store = open(1);
      const jobDb = await store.create();
      const committed = jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
      await Promise.all([committed, store.close(), store.close()]);
      await assert.rejects(jobDb.endpoints(), { code: "shutting_down" });
      await assert.rejects(store.create(), { code: "shutting_down" });
      assert.equal((await open(2).unsettled())[0]?.lastMessageRow, 1);
    });
  });
}
