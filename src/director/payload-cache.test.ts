import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { limits } from "../core/limits.ts";
import { PayloadCache } from "./payload-cache.ts";
import type { StoredPayload } from "./ports.ts";

function stored(row: number): StoredPayload {
  const address = { jobDb: 1, row, nonce: 0, atMs: 0 };
  return { address, eventType: "order.paid", payload: new Uint8Array([row % 256]) };
}

/** Every question waits until it is let go. */
class HeldPayloads {
  readonly number = 1;
  readonly asked: (readonly number[])[] = [];
  #held: (() => void)[] = [];
  #asked = Promise.withResolvers<void>();

  async payloads(rows: readonly number[]): Promise<readonly StoredPayload[]> {
    this.asked.push(rows);
    this.#asked.resolve();
    const held = Promise.withResolvers<void>();
    this.#held.push(held.resolve);
    await held.promise;
    return rows.map(stored);
  }

  async nextAsked(): Promise<void> {
    await this.#asked.promise;
    this.#asked = Promise.withResolvers<void>();
  }

  /** Whoever waits for an answer has had it in the turn after. */
  letGo(): Promise<void> {
    for (const letGo of this.#held.splice(0)) letGo();
    return nextTurn();
  }
}

test("what is wanted of a JobDb while it is read gathers, and goes as one question of bounded size", async () => {
  const cache = new PayloadCache();
  const jobDb = new HeldPayloads();
  const rows = Array.from({ length: limits.payloadsPerRead + 2 }, (_, index) => index + 1);
  const first = [cache.read(jobDb, 1001), cache.read(jobDb, 1002)];
  await jobDb.nextAsked();
  const later = rows.map((row) => cache.read(jobDb, row));
  void jobDb.letGo();
  assert.deepEqual(await Promise.all(first), [stored(1001), stored(1002)]);
  await jobDb.nextAsked();
  void jobDb.letGo();
  await jobDb.nextAsked();
  void jobDb.letGo();
  assert.deepEqual(await Promise.all(later), rows.map(stored));
  const full = rows.slice(0, limits.payloadsPerRead);
  assert.deepEqual(jobDb.asked, [[1001, 1002], full, rows.slice(limits.payloadsPerRead)]);
});

test("a read that fails fails for those whose it is, and the next one is made all the same", async () => {
  const cache = new PayloadCache();
  let calls = 0;
  const jobDb = {
    number: 1,
    payloads: (rows: readonly number[]) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error("gone")) : Promise.resolve(rows.map(stored));
    },
  };
  const failing = cache.read(jobDb, 1);
  await assert.rejects(failing, { message: "gone" });
  assert.deepEqual(await cache.read(jobDb, 2), stored(2));
});

test("what comes next is read along, once, and kept for one delivery", async () => {
  const cache = new PayloadCache();
  const jobDb = new HeldPayloads();
  const first = cache.read(jobDb, 1, [2, 3]);
  const second = cache.read(jobDb, 2, [3, 4]); // its turn has come before it was read
  await jobDb.nextAsked();
  await jobDb.letGo();
  assert.deepEqual(await Promise.all([first, second]), [stored(1), stored(2)]);
  assert.deepEqual(jobDb.asked, [[1, 2, 3, 4]]);
  assert.deepEqual(cache.take(1, 3), stored(3));
  assert.deepEqual(cache.take(1, 4), stored(4));
  for (const row of [1, 2, 3, 4]) assert.equal(cache.take(1, row), undefined);
});

test("what is forgotten while it is read ahead is not kept", async () => {
  const cache = new PayloadCache();
  const jobDb = new HeldPayloads();
  const first = cache.read(jobDb, 1, [2, 3]);
  await jobDb.nextAsked();
  cache.forget(1, 2);
  await jobDb.letGo();
  await first;
  assert.deepEqual([cache.take(1, 2), cache.take(1, 3)], [undefined, stored(3)]);
  const later = cache.read(jobDb, 4, [5]);
  await jobDb.nextAsked();
  cache.forgetAll(1);
  await jobDb.letGo();
  await later;
  assert.equal(cache.take(1, 5), undefined);
});

test("a failed read ahead fails nobody", async () => {
  const cache = new PayloadCache();
  const asked: (readonly number[])[] = [];
  const jobDb = {
    number: 1,
    payloads: (rows: readonly number[]) => {
      asked.push(rows);
      return asked.length === 1
        ? Promise.reject(new Error("gone"))
        : Promise.resolve(rows.map(stored));
    },
  };
  await assert.rejects(cache.read(jobDb, 1, [2]), { message: "gone" });
  assert.deepEqual(await cache.read(jobDb, 2), stored(2));
  assert.deepEqual(asked, [[1, 2], [2]]);
});
