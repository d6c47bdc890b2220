import assert from "node:assert/strict";
import { test } from "node:test";
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { Archiver } from "./archiver.ts";

test("it is looked for what is drained at the start and at intervals, and a failure is told and tried again", async () => {
  const timers: { readonly delayMs: number; readonly callback: () => void }[] = [];
  const clock = {
    after: (delayMs: number, callback: () => void) => {
      timers.push({ delayMs, callback });
      return { stop: () => undefined };
    },
  };
  const failures: unknown[] = [];
  let looks = 0;
  const archive = {
    storeUndelivered: async () => {
      looks += 1;
      if (looks === 2) throw new PosthornError("archive_failed", "no place");
    },
  };
  const archiver = new Archiver({ archive, clock, onFailure: (error) => failures.push(error) });
  archiver.start();
  assert.equal(looks, 1);
  const [interval] = timers.splice(0);
  assert.equal(interval?.delayMs, limits.archiverIntervalMs);
  await settled();
  interval?.callback();
  await settled();
  assert.equal(failures.length, 1);
  assert.equal(timers.length, 2, "the next look and the retry");
  for (const { callback } of timers.splice(0)) callback();
  await settled();
  assert.ok(looks >= 3);
  await archiver.stop();
});

/** Lets what was begun go on to its end. */
function settled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}
