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
  const line = new IntakeLine<string, string>();
  assert.equal(line.arrive("flood", "flood 1", sized(perApplication)), "admitted");
  assert.equal(line.arrive("flood", "flood 2", sized(1)), "waiting");
  assert.equal(line.arrive("other", "other 1", sized(1)), "admitted");
  assert.deepEqual(line.leave("other", 1), []);
  assert.deepEqual(line.leave("flood", perApplication), ["flood 2"]);
});

test("a request that is larger than any bound goes alone", () => {
  const line = new IntakeLine<string, string>();
  const size = limits.intakeMessagesUnderWay + 1;
  assert.equal(line.arrive("one", "large", sized(size)), "admitted");
  assert.equal(line.arrive("one", "next", sized(1)), "waiting");
  assert.deepEqual(line.leave("one", size), ["next"]);
});

test("when all bounds are reached, what is first of somebody who has had little goes before what is next of a flood", () => {
  const line = new IntakeLine<string, string>();
  const applications = Math.ceil(limits.intakeMessagesUnderWay / perApplication);
  for (let index = 0; index < applications; index += 1) {
    line.arrive(`flood ${index}`, "under way", sized(perApplication));
    line.arrive(`flood ${index}`, `flood ${index}`, sized(perApplication));
  }
  assert.equal(line.arrive("other", "other", sized(1)), "waiting");
  assert.deepEqual(line.leave("flood 0", perApplication)[0], "other");
});

test("what one application may have waiting is bounded in requests and in bytes", () => {
  const line = new IntakeLine<string, number>();
  line.arrive("flood", 0, sized(perApplication));
  for (let request = 1; request <= limits.intakeRequestsWaiting; request += 1) {
    assert.equal(line.arrive("flood", request, sized(1)), "waiting");
  }
  assert.equal(line.arrive("flood", 0, sized(1)), "refused");
  line.arrive("large", 0, sized(perApplication));
  assert.equal(line.arrive("large", 0, sized(1, limits.intakeBytesWaiting)), "waiting");
  assert.equal(line.arrive("large", 0, sized(1)), "refused");
  assert.equal(line.arrive("other", 0, sized(1)), "admitted");
});

const arrival = fc.record({
  owner: fc.integer({ min: 0, max: 12 }),
  messages: fc.integer({ min: 0, max: limits.batchMessagesMax }),
});

test("whatever arrives is admitted once, in its owner's order, and never more than the bounds are under way", () => {
  fc.assert(fc.property(fc.array(arrival, { maxLength: 200 }), fc.infiniteStream(fc.nat()), check));
});

type Request = typeof arrival extends fc.Arbitrary<infer Value> ? Value : never;

function check(requests: readonly Request[], choices: Iterator<number>): void {
  const line = new IntakeLine<number, Request>();
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
    for (const next of line.leave(request.owner, request.messages)) admit(next);
  };
  for (const request of requests) {
    if (line.arrive(request.owner, request, sized(request.messages)) === "admitted") admit(request);
    if ((choices.next().value ?? 0) % 3 === 0 && underWay.length > 0) leaveOne();
  }
  while (underWay.length > 0) leaveOne();
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
