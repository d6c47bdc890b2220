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
    resting: false,
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

test("nothing is begun while the archive rests, and it is begun at the next look when that is over", async () => {
  const looks: (() => void)[] = [];
  const clock = {
    after: (_delayMs: number, callback: () => void) => {
      looks.push(callback);
      return { stop: () => undefined };
    },
  };
  let stored = 0;
  const archive = { resting: true, storeUndelivered: async () => void (stored += 1) };
  const archiver = new Archiver({
    archive,
    clock,
    onFailure: (error) => assert.fail(String(error)),
  });
  archiver.start();
  await settled();
  assert.equal(stored, 0);
  archive.resting = false;
  looks.pop()?.();
  await settled();
  assert.equal(stored, 1);
  await archiver.stop();
});

/** Lets what was begun go on to its end. */
function settled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}
