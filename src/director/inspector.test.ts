import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../test/simulation/simulated-clock.ts";
import type { Arrival, InspectedRequest } from "../core/arrival.ts";
import { applicationKeyOf, arrivalIdOf, endpointKeyOf } from "../core/ids.ts";
import type { Answering } from "../core/inspector-url.ts";
import { limits } from "../core/limits.ts";
import { Inspector } from "./inspector.ts";

const startMs = 1_700_000_000_000;
const told = { kind: "told", status: 200, delayMs: 0, failureShare: 0 } as const;
const listener = { kind: "listener", temporary: false } as const;
const endpoint = endpointKeyOf(1);

/** An inspector whose organisation 1 has the applications 1 to 9, 2 those from 11, and so on. */
function open(units: readonly number[] = []) {
  const clock = new SimulatedClock(startMs);
  let ids = 0;
  let draws = 0;
  const inspector = new Inspector({
    clock,
    random: { unit: () => units[draws++] ?? 0.999 },
    newId: (atMs) =>
      arrivalIdOf(
        atMs,
        Uint8Array.from({ length: 14 }, () => (ids += 1) % 256),
      ),
    organizationOf: (application) => `org_${Math.floor(application / 10) + 1}`,
    verifies: ({ body }) => body[0] === 1,
  });
  return { clock, inspector };
}

function requestOf(
  answering: Answering,
  changes: Partial<InspectedRequest> = {},
): InspectedRequest {
  return {
    application: applicationKeyOf(1),
    endpoint,
    answering,
    headers: [{ name: "webhook-id", value: "msg_1" }],
    body: Uint8Array.of(1),
    timeoutMs: 15_000,
    ...changes,
  };
}

const answersOf = (arrivals: readonly Arrival[]) => arrivals.map(({ answer }) => answer);
const yes = { status: 201, retryAfter: "7", body: Uint8Array.of(111, 107) };

test("what is told is answered at once, and kept with whether it verifies", async () => {
  const { inspector } = open();
  const answer = await inspector.arrive(requestOf({ ...told, status: 410 }));
  assert.equal(answer?.status, 410);
  await inspector.arrive(requestOf(told, { body: Uint8Array.of(2) }));
  const kept = inspector.arrivals(endpoint);
  assert.deepEqual(answersOf(kept), [
    { kind: "answered", status: 410, afterMs: 0 },
    { kind: "answered", status: 200, afterMs: 0 },
  ]);
  assert.deepEqual(
    kept.map(({ isVerified }) => isVerified),
    [true, false],
  );
  assert.deepEqual(inspector.arrivals(endpointKeyOf(2)), []);
});

test("of all requests the share of failures is answered 500", async () => {
  const { inspector } = open([0.2, 0.3, 0.29, 0.9]);
  const statuses: unknown[] = [];
  for (let count = 0; count < 4; count += 1) {
    const answer = await inspector.arrive(requestOf({ ...told, status: 202, failureShare: 0.3 }));
    statuses.push(answer?.status);
  }
  assert.deepEqual(statuses, [500, 202, 500, 202]);
});

test("the answer waits as told, and is none if the attempt is over before", async () => {
  const { clock, inspector } = open();
  const seen: Arrival[] = [];
  inspector.watch(endpoint, (arrival) => seen.push(arrival));
  const slow = inspector.arrive(requestOf({ ...told, delayMs: 14_999 }));
  const late = inspector.arrive(requestOf({ ...told, delayMs: 15_000 }));
  assert.deepEqual(answersOf(seen), [{ kind: "waiting" }, { kind: "waiting" }]);
  await clock.run(startMs + 15_000);
  assert.equal((await slow)?.status, 200);
  assert.equal(await late, undefined);
  assert.deepEqual(answersOf(seen.slice(2)), [
    { kind: "answered", status: 200, afterMs: 14_999 },
    { kind: "late" },
  ]);
});

test("who listens answers, and while nobody does it is 503", async () => {
  const { clock, inspector } = open();
  const unheard = await inspector.arrive(requestOf(listener));
  assert.equal(unheard?.status, 503);
  let heard = 0;
  const listening = inspector.listen(endpoint, {
    onArrival: () => (heard += 1),
    onReplaced: () => assert.fail("nobody else listens"),
  });
  const answered = inspector.arrive(requestOf(listener));
  const late = inspector.arrive(requestOf(listener));
  const [first, second] = inspector.waiting(endpoint);
  assert.ok(first !== undefined && second !== undefined && heard === 2);
  assert.equal(inspector.answer(endpointKeyOf(2), first.id, yes), false);
  assert.equal(inspector.answer(endpoint, first.id, yes), true);
  assert.equal(inspector.answer(endpoint, first.id, yes), false);
  assert.deepEqual(await answered, yes);
  await clock.run(startMs + 15_000);
  assert.equal(await late, undefined);
  assert.equal(inspector.answer(endpoint, second.id, yes), false);
  assert.deepEqual(answersOf(inspector.arrivals(endpoint)), [
    { kind: "unheard", status: 503, afterMs: 0 },
    { kind: "answered", status: 201, afterMs: 0 },
    { kind: "late" },
  ]);
  listening.stop();
  assert.equal((await inspector.arrive(requestOf(listener)))?.status, 503);
});

test("who listens next takes the place, and is told what waits", async () => {
  const { inspector } = open();
  let replaced = 0;
  const before = inspector.listen(endpoint, {
    onArrival: () => {},
    onReplaced: () => (replaced += 1),
  });
  const answered = inspector.arrive(requestOf(listener));
  inspector.listen(endpoint, {
    onArrival: () => assert.fail("nothing more comes"),
    onReplaced: () => assert.fail("nobody else listens"),
  });
  assert.equal(replaced, 1);
  before.stop();
  const [waiting] = inspector.waiting(endpoint);
  inspector.answer(endpoint, waiting?.id ?? "", yes);
  assert.deepEqual(await answered, yes);
});

test("when somebody last listened is known for as long as it matters", async () => {
  const { clock, inspector } = open();
  assert.equal(inspector.listenedAtMs(endpoint), undefined);
  const listening = inspector.listen(endpoint, { onArrival: () => {}, onReplaced: () => {} });
  await clock.run(startMs + 1_000);
  assert.equal(inspector.listenedAtMs(endpoint), startMs + 1_000);
  listening.stop();
  await clock.run(startMs + limits.temporaryEndpointIdleMs);
  assert.equal(inspector.listenedAtMs(endpoint), startMs + 1_000);
  await clock.run(startMs + 1_000 + limits.temporaryEndpointIdleMs);
  assert.equal(inspector.listenedAtMs(endpoint), undefined);
});

test("of each endpoint, each organisation and all together only so much is kept, the newest", async () => {
  const { inspector } = open();
  for (let count = 0; count < limits.arrivalsPerEndpointMax + 5; count += 1) {
    await inspector.arrive(requestOf(told, { body: Uint8Array.of(count) }));
  }
  const kept = inspector.arrivals(endpoint);
  assert.equal(kept.length, limits.arrivalsPerEndpointMax);
  assert.equal(kept[0]?.body[0], 5);

  const mebibyte = new Uint8Array(1024 * 1024);
  const large = async (application: number, key: number): Promise<void> => {
    const changes = { application: applicationKeyOf(application), endpoint: endpointKeyOf(key) };
    await inspector.arrive(requestOf(told, { ...changes, body: mebibyte }));
  };
  const countOf = (key: number) => inspector.arrivals(endpointKeyOf(key)).length;
  await large(2, 2);
  await large(2, 2);
  assert.equal(countOf(2), 1);
  for (let key = 3; key <= 9; key += 1) await large(2, key);
  assert.equal(inspector.arrivals(endpoint).length, 0);
  assert.deepEqual([2, 3, 9].map(countOf), [0, 1, 1]);

  for (let key = 11; key <= 60; key += 1) await large(key, key);
  const held = Array.from({ length: 60 }, (_, at) => countOf(at + 1)).reduce((a, b) => a + b);
  assert.equal(held, Math.floor(limits.arrivalBytesMax / (1024 * 1024 + 522)));
  assert.equal(countOf(60), 1);
});
