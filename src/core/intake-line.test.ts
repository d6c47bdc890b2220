import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IntakeLine } from "./intake-line.ts";
import { limits } from "./limits.ts";

const perApplication = limits.intakeMessagesPerApplication;

function sized(messages: number, bytes = 1) {
  return { messages, bytes };
}

test("whoever has much under way waits for that, and somebody else does not", () => {
  const line = new IntakeLine<string, string>(1);
  assert.equal(line.arrive("flood", "flood 1", sized(perApplication), 0), "admitted");
  assert.equal(line.arrive("flood", "flood 2", sized(1), 0), "waiting");
  assert.equal(line.arrive("other", "other 1", sized(1), 0), "admitted");
  assert.deepEqual(line.leave("other", 1, 0), []);
  assert.deepEqual(line.leave("flood", perApplication, 0), ["flood 2"]);
});

test("a request that is larger than any bound goes alone", () => {
  const line = new IntakeLine<string, string>(1);
  const size = limits.intakeMessagesUnderWay + 1;
  assert.equal(line.arrive("one", "large", sized(size), 0), "admitted");
  assert.equal(line.arrive("one", "next", sized(1), 0), "waiting");
  assert.deepEqual(line.leave("one", size, 0), ["next"]);
});

test("when all bounds are reached, what is first of somebody who has had little goes before what is next of a flood", () => {
  const line = new IntakeLine<string, string>(1);
  const applications = Math.ceil(limits.intakeMessagesUnderWay / perApplication);
  for (let index = 0; index < applications; index += 1) {
    line.arrive(`flood ${index}`, "under way", sized(perApplication), 0);
    line.arrive(`flood ${index}`, `flood ${index}`, sized(perApplication), 0);
  }
  assert.equal(line.arrive("other", "other", sized(1), 0), "waiting");
  assert.deepEqual(line.leave("flood 0", perApplication, 0)[0], "other");
});

test("what one application may have waiting is bounded in requests and in bytes", () => {
  const line = new IntakeLine<string, number>(1);
  line.arrive("flood", 0, sized(perApplication), 0);
  for (let request = 1; request <= limits.intakeRequestsWaiting; request += 1) {
    assert.equal(line.arrive("flood", request, sized(1), 0), "waiting");
  }
  assert.equal(line.arrive("flood", 0, sized(1), 0), "refused");
  line.arrive("large", 0, sized(perApplication), 0);
  assert.equal(line.arrive("large", 0, sized(1, limits.intakeBytesWaiting), 0), "waiting");
  assert.equal(line.arrive("large", 0, sized(1), 0), "refused");
  assert.equal(line.arrive("other", 0, sized(1), 0), "admitted");
});

/** Of bulk, which takes 4 ms. */
const batch = limits.intakeBulkMessages;
const batchMs = 4;

/** Everybody hands in a batch again as soon as it is answered; a light one a message every 10 ms if there is one. */
function inHandMs(share: number, floods: readonly string[], light?: string): Map<string, number> {
  const line = new IntakeLine<string, string>(share);
  const endsAtMs = new Map<string, number>();
  const inHand = new Map(floods.map((flood) => [flood, 0]));
  const admit = (flood: string, nowMs: number) => endsAtMs.set(flood, nowMs + batchMs);
  const arrive = (flood: string, nowMs: number): void => {
    if (line.arrive(flood, flood, sized(batch), nowMs) === "admitted") admit(flood, nowMs);
  };
  for (const flood of floods) arrive(flood, 0);
  for (let nowMs = 1; nowMs < simulatedMs; nowMs += 1) {
    const ended = [...endsAtMs].filter(([, endMs]) => endMs <= nowMs).map(([flood]) => flood);
    for (const flood of ended) {
      endsAtMs.delete(flood);
      const left = line.leave(flood, batch, nowMs);
      arrive(flood, nowMs);
      for (const next of left) admit(next, nowMs);
    }
    for (const next of line.wake(nowMs)) admit(next, nowMs);
    if (light !== undefined && nowMs % 10 === 0) {
      assert.equal(line.arrive(light, light, sized(1), nowMs), "admitted");
      assert.deepEqual(line.leave(light, 1, nowMs), []);
    }
    for (const flood of endsAtMs.keys()) inHand.set(flood, (inHand.get(flood) ?? 0) + 1);
  }
  return inHand;
}

const simulatedMs = 20_000;

test("bulk is in hand for its share of the time while somebody hands in a little, and all the time when it is alone", () => {
  const shareOf = (inHand: Map<string, number>): number => (inHand.get("flood") ?? 0) / simulatedMs;
  for (const share of [0.05, 0.2, 0.5]) {
    const beside = shareOf(inHandMs(share, ["flood"], "light"));
    assert.ok(Math.abs(beside - share) < 0.1 * share, `${beside} of ${share}`);
  }
  assert.ok(shareOf(inHandMs(1, ["flood"], "light")) > 0.99);
  assert.ok(shareOf(inHandMs(0.1, ["flood"])) > 0.99);
});

test("several with bulk have about one share together beside somebody light, and do not rest for each other", () => {
  const floods = ["one", "two", "three", "four"];
  const beside = [...inHandMs(0.2, floods, "light").values()].map((each) => each / simulatedMs);
  const sum = beside.reduce((total, each) => total + each);
  assert.ok(sum > 0.15 && sum < 0.3, String(beside));
  for (const each of beside) assert.ok(each > 0.5 * (sum / floods.length), String(beside));
  const alone = [...inHandMs(0.2, floods).values()].map((each) => each / simulatedMs);
  for (const each of alone) assert.ok(each > 0.9, String(alone)); // all but the first second
});

test("however small the share is, bulk is handed in as fast as somebody light may", () => {
  const line = new IntakeLine<string, string>(limits.bulkShareMin);
  line.arrive("flood", "1", sized(batch), 0);
  line.arrive("light", "light", sized(1), 5);
  line.leave("light", 1, 6);
  line.leave("flood", batch, 20);
  assert.equal(line.arrive("flood", "2", sized(batch), 20), "waiting");
  assert.equal(line.nextWakeAtMs, 20 + (batch / limits.lightMessagesPerSecond) * 1_000);
});

test("nobody rests longer than the longest rest, nor when nobody else has been there for a while", () => {
  const line = new IntakeLine<string, string>(0.01);
  line.arrive("flood", "flood 1", sized(perApplication), 0);
  line.arrive("light", "light", sized(1), 5);
  line.leave("light", 1, 6);
  assert.equal(line.arrive("flood", "flood 2", sized(perApplication), 7), "waiting");
  assert.deepEqual(line.leave("flood", perApplication, 20), []);
  assert.equal(line.nextWakeAtMs, 20 + limits.intakeBulkDebtMsMax);
  assert.deepEqual(line.wake(line.nextWakeAtMs - 1), []);
  assert.deepEqual(line.wake(line.nextWakeAtMs), ["flood 2"]);
  assert.equal(line.arrive("flood", "flood 3", sized(perApplication), 2_050), "waiting");
  assert.deepEqual(line.leave("flood", perApplication, 2_060), ["flood 3"]);
});

test("single messages of a flood go on beside somebody light, a few at a time, and all at once when nobody is", () => {
  const line = new IntakeLine<string, number>(0.1);
  for (let index = 0; index < 64; index += 1) line.arrive("flood", index, sized(1), 0);
  line.arrive("light", 0, sized(1), 1);
  line.leave("light", 1, 2);
  let underWay = 64;
  let waiting = 0;
  for (let nowMs = 10; nowMs < 500; nowMs += 1) {
    underWay -= 1;
    underWay += line.leave("flood", 1, nowMs).length;
    if (line.arrive("flood", nowMs, sized(1), nowMs) === "admitted") underWay += 1;
    else waiting += 1;
    assert.ok(underWay > 0, "it never rests");
  }
  assert.equal(underWay, limits.intakeTrickleMessages);
  assert.equal(line.nextWakeAtMs, undefined);
  const alone = line.leave("flood", 1, 2 + limits.intakeNeighbourMs);
  assert.equal(alone.length, 64 - limits.intakeTrickleMessages);
  assert.ok(waiting > alone.length);
});

test("whoever has had bulk counts as a neighbour again when nothing of it is left and nothing owed", () => {
  const line = new IntakeLine<string, string>(0.1);
  line.arrive("flood", "batch", sized(batch), 0);
  line.leave("flood", batch, 10);
  line.arrive("flood", "one", sized(1), 20);
  line.leave("flood", 1, 21);
  assert.equal(line.hasNeighbour("other", 21), true); // from before it had bulk
  line.arrive("flood", "one", sized(1), 500);
  assert.equal(line.hasNeighbour("other", 500 + limits.intakeNeighbourMs - 1), true);
  assert.equal(line.hasNeighbour("flood", 500), false);
});

const arrival = fc.record({
  afterMs: fc.integer({ min: 0, max: 100 }),
  owner: fc.integer({ min: 0, max: 12 }),
  messages: fc.integer({ min: 0, max: limits.batchMessagesMax }),
});

test("whatever arrives is admitted once, in its owner's order, and never more than the bounds are under way", () => {
  const share = fc.constantFrom(1, 0.5, 0.1);
  const requests = fc.array(arrival, { maxLength: 200 });
  fc.assert(fc.property(requests, fc.infiniteStream(fc.nat()), share, check));
});

type Request = typeof arrival extends fc.Arbitrary<infer Value> ? Value : never;

function check(requests: readonly Request[], choices: Iterator<number>, share: number): void {
  const line = new IntakeLine<number, Request>(share);
  let nowMs = 0;
  const underWay: Request[] = [];
  const admitted = new Map<number, Request[]>();
  const admit = (request: Request): void => {
    underWay.push(request);
    admitted.set(request.owner, [...(admitted.get(request.owner) ?? []), request]);
    assertBounds(underWay);
  };
  const leaveOne = (): void => {
    const [request] = underWay.splice((choices.next().value ?? 0) % underWay.length, 1);
    if (request === undefined) return;
    for (const next of line.leave(request.owner, request.messages, nowMs)) admit(next);
  };
  for (const request of requests) {
    nowMs += request.afterMs;
    for (const next of line.wake(nowMs)) admit(next);
    const size = sized(request.messages);
    if (line.arrive(request.owner, request, size, nowMs) === "admitted") admit(request);
    if ((choices.next().value ?? 0) % 3 === 0 && underWay.length > 0) leaveOne();
  }
  while (underWay.length > 0 || line.nextWakeAtMs !== undefined) {
    nowMs = Math.max(nowMs, line.nextWakeAtMs ?? 0);
    for (const next of line.wake(nowMs)) admit(next);
    leaveOne();
  }
  const arrived = Map.groupBy(requests, ({ owner }) => owner);
  for (const [owner, own] of arrived) assert.deepEqual(admitted.get(owner), own);
}

function assertBounds(underWay: readonly Request[]): void {
  const sum = (of: readonly Request[]): number =>
    of.reduce((total, { messages }) => total + messages, 0);
  assert.ok(underWay.length === 1 || sum(underWay) <= limits.intakeMessagesUnderWay);
  for (const own of Map.groupBy(underWay, ({ owner }) => owner).values()) {
    assert.ok(own.length === 1 || sum(own) <= perApplication);
  }
}
