import assert from "node:assert/strict";
import { test } from "node:test";
import type { PendingDelivery, Step } from "../core/delivery.ts";
import type { EndpointPause } from "../core/endpoint-pause.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { EndpointGate } from "./endpoint-gate.ts";
import { dueFromStart, type UnattemptedPage } from "./ports.ts";
import { VirtualQueue } from "./virtual-queue.ts";

const nowMs = 1_000_000;

function newQueue(): VirtualQueue {
  return new VirtualQueue(endpointKeyOf(1), applicationKeyOf(1), new EndpointGate());
}

function queueWith(deliveries: number): VirtualQueue {
  const queue = newQueue();
  for (let delivery = 1; delivery <= deliveries; delivery += 1) queue.admit(1, delivery, nowMs);
  return queue;
}

/** The outcome of an attempt is durable; without strict order it does not matter of which delivery of the JobDb. */
function recorded(queue: VirtualQueue, jobDb: number, retryAtMs?: number): boolean {
  const any = { endpoint: queue.endpoint, delivery: 1, round: 0, attempt: 1 } as const;
  const step: Step =
    retryAtMs === undefined
      ? { kind: "settle", settlement: "delivered" }
      : { kind: "retry", atMs: retryAtMs };
  return queue.recorded({ jobDb, ...any, trigger: "scheduled" }, step);
}

function takeAll(queue: VirtualQueue): number[] {
  const taken: number[] = [];
  for (let next = queue.take(nowMs); next !== undefined; next = queue.take(nowMs))
    taken.push(next.delivery);
  return taken;
}

test("deliveries are taken in the order of acceptance", () => {
  assert.deepEqual(takeAll(queueWith(3)), [1, 2, 3]);
});

test("what does not fit the window stays on disk and is read from where the window ends", () => {
  const queue = queueWith(limits.windowDeliveries + 10);
  assert.equal(queue.nextRefill(nowMs), undefined, "no room yet");
  assert.equal(takeAll(queue).length, limits.windowDeliveries);
  const refill = queue.nextRefill(nowMs);
  assert.deepEqual(refill, {
    kind: "unattempted",
    jobDb: 1,
    after: limits.windowDeliveries,
    rowsMax: limits.windowDeliveries / 2,
  });
  assert.equal(queue.nextRefill(nowMs), undefined, "one read at a time");
});

test("while there is a backlog on disk, a new delivery does not overtake it", () => {
  const queue = queueWith(limits.windowDeliveries + 1);
  takeAll(queue);
  const next = limits.windowDeliveries + 2;
  assert.equal(queue.admit(1, next, nowMs), false);
  queue.nextRefill(nowMs);
  queue.refilledUnattempted(1, { deliveries: [next - 1, next], scannedTo: next, end: true });
  assert.deepEqual(takeAll(queue), [next - 1, next]);
});

test("a page read while a commit was under way does not bring in what is admitted on its own", () => {
  const queue = queueWith(limits.windowDeliveries + 1);
  takeAll(queue);
  queue.nextRefill(nowMs);
  const last = limits.windowDeliveries + 1;
  queue.refilledUnattempted(1, { deliveries: [last, last + 1], scannedTo: last + 1, end: true });
  assert.equal(queue.admit(1, last + 1, nowMs), true);
  assert.deepEqual(takeAll(queue), [last, last + 1]);
});

test("a retry waits on disk, wakes the queue when it is due, and takes turns with first attempts", () => {
  const queue = queueWith(3);
  queue.take(nowMs);
  queue.release();
  assert.equal(recorded(queue, 1, nowMs + 5_000), false);
  assert.equal(queue.nextWakeAtMs, nowMs + 5_000);
  assert.equal(queue.nextRefill(nowMs + 4_999), undefined);
  assert.deepEqual(queue.nextRefill(nowMs + 5_000), {
    kind: "due",
    jobDb: 1,
    after: { atMs: nowMs, place: 0 },
    rowsMax: limits.windowDeliveries / 2,
  });
  queue.refilledDue(1, {
    deliveries: [{ delivery: 1, round: 0, attempt: 2, trigger: "scheduled" }],
    scannedTo: { atMs: nowMs + 5_000, place: 1 },
    nextAtMs: undefined,
  });
  assert.deepEqual(takeAll(queue), [1, 2, 3]);
});

test("a retry planned while retries are being read is not forgotten", () => {
  const queue = queueWith(2);
  takeAll(queue);
  recorded(queue, 1, nowMs + 10);
  queue.nextRefill(nowMs + 10);
  recorded(queue, 1, nowMs + 500);
  queue.refilledDue(1, {
    deliveries: [],
    scannedTo: { atMs: nowMs + 10, place: 1 },
    nextAtMs: undefined,
  });
  assert.equal(queue.nextWakeAtMs, nowMs + 500);
});

test("a JobDb is done with when its last delivery is settled, not before", () => {
  const queue = queueWith(2);
  takeAll(queue);
  assert.equal(recorded(queue, 1), false);
  queue.release();
  queue.release();
  assert.equal(recorded(queue, 1), true);
  assert.equal(queue.idle, true);
});

test("an older JobDb is read to its end, first attempts and retries, before a newer one's backlog", () => {
  const queue = newQueue();
  queue.recover(1);
  assert.equal(queue.admit(2, 7, nowMs), false);
  assert.equal(queue.nextRefill(nowMs)?.kind, "due");
  assert.equal(
    queue.refilledDue(1, { deliveries: [], scannedTo: { atMs: 0, place: 0 }, nextAtMs: undefined }),
    false,
  );
  assert.deepEqual(queue.nextRefill(nowMs), {
    kind: "unattempted",
    jobDb: 1,
    after: 0,
    rowsMax: limits.refillRowsMax,
  });
  assert.equal(queue.refilledUnattempted(1, { deliveries: [], scannedTo: 99, end: true }), true);
  assert.deepEqual(queue.nextRefill(nowMs), {
    kind: "unattempted",
    jobDb: 2,
    after: 6,
    rowsMax: limits.windowDeliveries / 2,
  });
});

test("a held queue neither runs nor reads nor wakes, and goes on from there afterwards", () => {
  const queue = queueWith(1);
  queue.held = true;
  assert.equal(queue.runnable, false);
  assert.equal(queue.nextRefill(nowMs), undefined);
  assert.equal(queue.nextWakeAtMs, Infinity);
  queue.held = false;
  assert.equal(queue.runnable, true);
});

test("an endpoint never has more attempts under way than it has shown to bear", () => {
  const queue = queueWith(limits.concurrencyInitial + 1);
  for (let taken = 0; taken < limits.concurrencyInitial; taken += 1) {
    assert.equal(queue.runnable, true);
    queue.take(nowMs);
  }
  assert.equal(queue.runnable, false);
  queue.release();
  assert.equal(queue.runnable, true);
});

test("a discarded queue forgets what waits, and is done when what is under way has ended", () => {
  const queue = queueWith(limits.windowDeliveries + 2);
  queue.take(nowMs);
  assert.deepEqual(queue.discard(), []);
  assert.equal(queue.runnable, false);
  assert.equal(queue.nextRefill(nowMs), undefined);
  queue.release();
  assert.equal(recorded(queue, 1), true);
  assert.equal(queue.idle, true);
});

test("a page that was being read when its queue was discarded brings nothing back", () => {
  const queue = newQueue();
  queue.recover(1);
  queue.nextRefill(nowMs);
  queue.refilledDue(1, { deliveries: [], scannedTo: { atMs: 0, place: 0 }, nextAtMs: undefined });
  assert.equal(queue.nextRefill(nowMs)?.kind, "unattempted");
  assert.deepEqual(queue.discard(), []);
  assert.equal(queue.refilledUnattempted(1, { deliveries: [3, 4], scannedTo: 4, end: true }), true);
  assert.equal(queue.idle, true);
});

test("a resend of a JobDb with nothing unsettled is read when it is due, and the JobDb is done with after it", () => {
  const queue = newQueue();
  assert.equal(queue.resent(4, nowMs + 1), true, "the JobDb was not in use");
  assert.equal(queue.resent(4, nowMs + 1), false);
  assert.equal(queue.nextRefill(nowMs), undefined, "not due yet");
  assert.equal(queue.nextWakeAtMs, nowMs + 1);
  const refill = queue.nextRefill(nowMs + 1);
  assert.equal(refill?.kind, "due");
  assert.deepEqual(refill?.after, { atMs: nowMs, place: 0 });
  const due = { delivery: 7, attempt: 1, trigger: "manual" } as const;
  const page = {
    deliveries: [
      { ...due, round: 1 },
      { ...due, round: 2 },
    ],
    scannedTo: { atMs: nowMs + 1, place: 5 },
    nextAtMs: undefined,
  };
  assert.equal(queue.refilledDue(4, page), false);
  assert.deepEqual(
    [queue.take(nowMs), queue.take(nowMs)].map((taken) => [
      taken?.jobDb,
      taken?.round,
      taken?.trigger,
    ]),
    [
      [4, 1, "manual"],
      [4, 2, "manual"],
    ],
  );
  assert.equal(recorded(queue, 4), false);
  assert.equal(recorded(queue, 4), true, "nothing is left there");
});

test("a delivery accepted after a resend of the same JobDb is not looked for on disk", () => {
  const queue = newQueue();
  queue.resent(1, nowMs + 1);
  assert.equal(queue.admit(1, 500, nowMs), true);
  assert.equal(queue.nextRefill(nowMs), undefined, "nothing but the resend is on disk");
  assert.equal(queue.take(nowMs)?.delivery, 500);
});

test("what is not settled is counted, in the window or on the disk, waiting for a retry or not", () => {
  const queue = queueWith(limits.windowDeliveries + 10);
  assert.deepEqual([queue.pending, queue.exact], [limits.windowDeliveries + 10, true]);
  assert.equal(queue.oldest?.delivery, 1);
  queue.take(nowMs);
  queue.release();
  recorded(queue, 1, nowMs + 5);
  assert.equal(queue.pending, limits.windowDeliveries + 10);
  assert.equal(queue.oldest?.delivery, 2, "the retry waits on the disk");
  queue.nextRefill(nowMs + 5);
  const retry = { delivery: 1, attempt: 2, round: 0, trigger: "scheduled" } as const;
  const scannedTo = { atMs: nowMs + 5, place: 2 };
  queue.refilledDue(1, { deliveries: [retry], scannedTo, nextAtMs: undefined });
  assert.deepEqual([queue.pending, queue.oldest?.delivery], [limits.windowDeliveries + 10, 1]);
  queue.take(nowMs);
  queue.release();
  recorded(queue, 1);
  assert.equal(queue.pending, limits.windowDeliveries + 9);
});

test("what an earlier run left is counted as it is found, and is not said to be exact", () => {
  const queue = newQueue();
  queue.recover(1);
  assert.deepEqual([queue.pending, queue.exact], [0, false]);
  queue.nextRefill(nowMs);
  const retry = { delivery: 1, attempt: 2, round: 0, trigger: "scheduled" } as const;
  const scannedTo = { atMs: nowMs, place: 2 };
  queue.refilledDue(1, { deliveries: [retry], scannedTo, nextAtMs: undefined });
  queue.nextRefill(nowMs);
  queue.refilledUnattempted(1, { deliveries: [2, 3], scannedTo: 3, end: true });
  assert.equal(queue.pending, 3);
  for (let count = 0; count < 3; count += 1) {
    queue.take(nowMs);
    queue.release();
    recorded(queue, 1);
  }
  assert.deepEqual([queue.pending, queue.exact, queue.idle], [0, true, true]);
});

test("what has to wait is set aside, the others go, and it comes first when it is called back", () => {
  const queue = queueWith(4);
  const isOdd = ({ delivery }: { readonly delivery: number }): boolean => delivery % 2 === 1;
  assert.equal(queue.take(nowMs, isOdd)?.delivery, 2);
  assert.equal(queue.oldest?.delivery, 1);
  assert.equal(queue.take(nowMs, isOdd)?.delivery, 4);
  assert.equal(queue.take(nowMs, isOdd), undefined);
  assert.equal(queue.runnable, false);
  assert.equal(queue.inFlight, 2);
  queue.callBack();
  queue.admit(1, 5, nowMs);
  assert.deepEqual(takeAll(queue), [1, 3, 5]);
});

test("what was set aside is forgotten with the rest when the queue is suspended, and read anew", () => {
  const queue = queueWith(2);
  assert.equal(
    queue.take(nowMs, () => true),
    undefined,
  );
  queue.suspend();
  queue.resume();
  queue.callBack();
  assert.deepEqual(takeAll(queue), []);
  assert.equal(queue.nextRefill(nowMs)?.kind, "due");
});

function pageOf(deliveries: readonly number[]): UnattemptedPage {
  return { deliveries, scannedTo: deliveries.at(-1) ?? 0, end: true };
}

test("what was being read when something was withdrawn is read once more, after it was cancelled", () => {
  const count = limits.windowDeliveries + 4;
  const queue = queueWith(count);
  takeAll(queue);
  const refill = queue.nextRefill(nowMs);
  const [first, ...rest] = [1, 2, 3, 4].map((more) => limits.windowDeliveries + more);
  assert.ok(first !== undefined);
  queue.withdraw(({ delivery }) => delivery === first);
  queue.refilledUnattempted(1, pageOf([first, ...rest]));
  assert.deepEqual(takeAll(queue), []);
  assert.equal(queue.nextRefill(nowMs), undefined, "nothing is read meanwhile");
  const round = { jobDb: 1, endpoint: queue.endpoint, delivery: first, round: 0 } as const;
  assert.deepEqual(queue.cancelled([{ ...round, attempt: 1, trigger: "scheduled" }]), []);
  assert.equal(queue.pending, count - 1);
  assert.deepEqual(queue.nextRefill(nowMs), refill);
  queue.refilledUnattempted(1, pageOf(rest));
  assert.deepEqual(takeAll(queue), rest);
});

test("what was withdrawn and not cancelled is looked for again, as after a restart", () => {
  const queue = queueWith(3);
  queue.withdraw(({ delivery }) => delivery === 2);
  assert.deepEqual(takeAll(queue), [1, 3]);
  queue.cancelled([]);
  recorded(queue, 1);
  recorded(queue, 1);
  const refills = [queue.nextRefill(nowMs), queue.nextRefill(nowMs)];
  assert.deepEqual(
    refills.map((refill) => [refill?.kind, refill?.after]),
    [
      ["due", dueFromStart],
      [undefined, undefined],
    ],
  );
  queue.refilledDue(1, { deliveries: [], scannedTo: dueFromStart, nextAtMs: undefined });
  const firsts = queue.nextRefill(nowMs);
  assert.deepEqual([firsts?.kind, firsts?.after], ["unattempted", 0]);
});

test("a JobDb is done with when the last that waits there is cancelled", () => {
  const queue = queueWith(2);
  queue.withdraw(() => true);
  const rounds = [1, 2].map((delivery) => ({
    jobDb: 1,
    endpoint: queue.endpoint,
    delivery,
    round: 0,
    attempt: 1,
    trigger: "scheduled" as const,
  }));
  assert.equal(queue.idle, false, "while that is not durable");
  assert.deepEqual(queue.cancelled(rounds), [1]);
  assert.ok(queue.idle);
});

test("while the endpoint rests nothing takes the place of a resend by hand that has to wait", () => {
  const resting: EndpointPause = {
    kind: "paused",
    failingSinceMs: nowMs - 60_000,
    failures: 9,
    probes: 0,
    probeAtMs: nowMs + 1,
  };
  const gate = new EndpointGate(resting);
  const queue = new VirtualQueue(endpointKeyOf(1), applicationKeyOf(1), gate);
  queue.admit(1, 1, nowMs);
  assert.equal(queue.resent(1, nowMs + 1), false);
  queue.nextRefill(nowMs + 1);
  queue.refilledDue(1, {
    deliveries: [{ delivery: 7, round: 1, attempt: 1, trigger: "manual" }],
    scannedTo: { atMs: nowMs + 1, place: 1 },
    nextAtMs: undefined,
  });
  const mustWait = ({ trigger }: PendingDelivery): boolean => trigger === "manual";
  assert.equal(queue.hasManual, true);
  assert.equal(queue.take(nowMs, mustWait), undefined);
  assert.equal(queue.hasManual, false, "it is set aside");
  assert.equal(queue.take(nowMs + 1, mustWait)?.delivery, 1, "the probe");
  queue.callBack();
  assert.equal(queue.take(nowMs)?.delivery, 7);
});
