import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../core/limits.ts";
import { PayloadCache } from "./payload-cache.ts";
import type { StoredPayload } from "./ports.ts";

function stored(row: number): StoredPayload {
  const address = { jobDb: 1, row, nonce: 0, atMs: 0 };
  return { address, eventType: "order.paid", payload: new Uint8Array([row % 256]) };
}

/** Every question waits until it is let go. */
class HeldPayloads {
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

  letGo(): void {
    for (const letGo of this.#held.splice(0)) letGo();
  }
}

test("what is wanted of a JobDb while it is read gathers, and goes as one question of bounded size", async () => {
  const cache = new PayloadCache();
  const jobDb = new HeldPayloads();
  const rows = Array.from({ length: limits.payloadsPerRead + 2 }, (_, index) => index + 1);
  const first = [cache.read(jobDb, 1001), cache.read(jobDb, 1002)];
  await jobDb.nextAsked();
  const later = rows.map((row) => cache.read(jobDb, row));
  jobDb.letGo();
  assert.deepEqual(await Promise.all(first), [stored(1001), stored(1002)]);
  await jobDb.nextAsked();
  jobDb.letGo();
  await jobDb.nextAsked();
  jobDb.letGo();
  assert.deepEqual(await Promise.all(later), rows.map(stored));
  const full = rows.slice(0, limits.payloadsPerRead);
  assert.deepEqual(jobDb.asked, [[1001, 1002], full, rows.slice(limits.payloadsPerRead)]);
});

test("a read that fails fails for those whose it is, and the next one is made all the same", async () => {
  const cache = new PayloadCache();
  let calls = 0;
  const jobDb = {
    payloads: (rows: readonly number[]) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error("gone")) : Promise.resolve(rows.map(stored));
    },
  };
  const failing = cache.read(jobDb, 1);
  await assert.rejects(failing, { message: "gone" });
  assert.deepEqual(await cache.read(jobDb, 2), stored(2));
});
