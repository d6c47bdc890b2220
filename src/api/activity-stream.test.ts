/** A stream without HTTP: what a reader gets who reads late. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startMs } from "../../test/api/in-memory-backend.ts";
import { applicationKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { ActivityWatcher } from "../director/activity.ts";
import { ActivityStream } from "./activity-stream.ts";

/** One stream, with what is to happen around it. */
function world({ countMax = Infinity } = {}) {
  const now = { ms: startMs };
  const watchers = new Set<ActivityWatcher>();
  let tick = (): void => {};
  let allowed = true;
  const stream = new ActivityStream({
    activity: {
      watch: (watcher) => {
        watchers.add(watcher);
        return { stop: () => watchers.delete(watcher) };
      },
    },
    traffic: {
      onSample: (listener) => {
        tick = listener;
        return { stop: () => {} };
      },
    },
    nowMs: () => now.ms,
    view: { wants: () => true, outOf: ({ of }) => ({ eventType: of.eventType }) },
    isStillAllowed: async () => allowed,
    countMax,
  });
  const accept = (eventType: string) => {
    const address = { jobDb: 1, row: 1, nonce: 1, atMs: startMs };
    const rest = { application: applicationKeyOf(1), eventId: undefined, channels: undefined };
    for (const watcher of watchers) watcher.accepted({ address, eventType, ...rest });
  };
  const pass = (ms: number) => {
    now.ms += ms;
    tick();
  };
  const revoke = () => void (allowed = false);
  return { stream, watchers, accept, pass, revoke };
}

const message = (eventType: string) => `event: message\ndata: {"eventType":"${eventType}"}\n\n`;

test("what happens before a reader has read waits for it, and is told in one piece and in order", async () => {
  const { stream, accept } = world();
  const events = stream.events();
  assert.match((await events.next()).value ?? "", /^event: begun\ndata: \{"at":"2026-/);
  accept("a");
  accept("b");
  assert.equal((await events.next()).value, message("a") + message("b"));
  const next = events.next();
  accept("c");
  assert.equal((await next).value, message("c"));
});

test("of what is too much for a slow reader it is told how much there was, and nothing of it is kept", async () => {
  const { stream, accept } = world();
  const events = stream.events();
  await events.next();
  for (let count = 0; count < limits.activityWaitingMax + 3; count += 1) accept("a");
  const told = (await events.next()).value ?? "";
  const dropped = 'event: dropped\ndata: {"count":3}\n\n';
  assert.equal(told, message("a").repeat(limits.activityWaitingMax) + dropped);
  accept("b");
  assert.equal((await events.next()).value, message("b"));
});

test("a stream of so many events ends with the last of them", async () => {
  const { stream, accept, watchers } = world({ countMax: 3 });
  const events = stream.events();
  await events.next();
  for (const each of ["a", "b", "c"]) accept(each);
  assert.equal((await events.next()).value, message("a") + message("b"));
  assert.equal((await events.next()).done, true);
  assert.equal(watchers.size, 0);
});

test("while nothing happens a comment says that it goes on, and it ends when its reader may not read any more", async () => {
  const { stream, pass, revoke, watchers } = world();
  const events = stream.events();
  await events.next();
  const beat = events.next();
  pass(limits.activityHeartbeatMs);
  assert.equal((await beat).value, ":\n\n");
  revoke();
  const end = events.next();
  pass(limits.activityHeartbeatMs);
  assert.equal((await end).done, true);
  assert.equal(watchers.size, 0);
});

test("it is looked whether the reader may still read, however much happens", async () => {
  const { stream, accept, pass, revoke } = world();
  const events = stream.events();
  await events.next();
  revoke();
  pass(limits.activityHeartbeatMs);
  accept("a");
  assert.equal((await events.next()).done, true);
});
