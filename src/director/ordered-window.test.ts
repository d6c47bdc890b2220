import assert from "node:assert/strict";
import { test } from "node:test";
import type { PendingDelivery } from "../core/delivery.ts";
import { endpointKeyOf } from "../core/ids.ts";
import { OrderedWindow } from "./ordered-window.ts";

const nowMs = 1_000_000;

function first(jobDb: number, delivery: number): PendingDelivery {
  const endpoint = endpointKeyOf(1);
  return { jobDb, delivery, endpoint, round: 0, attempt: 1, trigger: "scheduled" };
}

function windowOf(...deliveries: readonly (readonly [jobDb: number, delivery: number])[]) {
  const window = new OrderedWindow();
  for (const each of deliveries) window.push(first(...each), 0);
  return window;
}

test("what follows the head starts when the head's settlement is durable, not before", () => {
  const window = windowOf([1, 7], [2, 3]);
  const head = window.take(nowMs);
  assert.deepEqual(head, first(1, 7));
  assert.deepEqual([window.dueAtMs, window.take(nowMs)], [Infinity, undefined]);
  if (head !== undefined) window.ended(head);
  assert.deepEqual(window.take(nowMs), first(2, 3));
});

test("the head waits for its retry, and everything else for the head", () => {
  const window = windowOf([1, 1], [1, 2]);
  const head = window.take(nowMs);
  assert.ok(head !== undefined && window.retried(head, nowMs + 500));
  assert.deepEqual([window.dueAtMs, window.size], [nowMs + 500, 2]);
  assert.equal(window.take(nowMs + 499), undefined);
  assert.deepEqual(window.take(nowMs + 500), { ...first(1, 1), attempt: 2 });
});

test("when all is forgotten the head is too: its retry is on disk, and does not come back here", () => {
  const window = windowOf([1, 1], [1, 2]);
  const head = window.take(nowMs);
  assert.deepEqual(window.clear(), [first(1, 2)]);
  assert.ok(head !== undefined && !window.retried(head, nowMs + 500));
  assert.deepEqual([window.dueAtMs, window.size], [Infinity, 0]);
});

test("the outcome of what is not the head changes nothing", () => {
  const window = windowOf([1, 1], [1, 2]);
  window.take(nowMs);
  const resend = { ...first(1, 1), round: 4 };
  assert.equal(window.retried(resend, nowMs + 5), false);
  window.ended(resend);
  assert.equal(window.dueAtMs, Infinity, "the head is still under way");
});

test("what a resend has delivered waits no longer", () => {
  const window = windowOf([1, 1], [1, 2], [1, 3]);
  const head = window.take(nowMs);
  assert.ok(head !== undefined && window.retried(head, nowMs + 500));
  assert.equal(window.remove({ ...first(1, 1), round: 4 }), true);
  assert.equal(window.remove({ ...first(1, 1), round: 5 }), false);
  assert.deepEqual(window.take(nowMs), first(1, 2));
});

test("one that is older than the last is a programmer's error", () => {
  const window = windowOf([2, 1]);
  assert.throws(() => window.push(first(1, 9), 0));
});
