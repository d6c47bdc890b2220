import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { delivered, message, startDirector } from "../../test/conformance/scratch-director.ts";
import { limits } from "../core/limits.ts";
import { TrafficTally, trafficWidth } from "../core/traffic-tally.ts";
import { MemoryDisk } from "../jobdb/memory/memory-disk.ts";
import { queuesAt } from "./application-queues.ts";
import type { TrafficOfApplications } from "./traffic.ts";

function onlyTally({ applications, numbers }: TrafficOfApplications): TrafficTally {
  assert.deepEqual(applications, [message.application]);
  assert.equal(numbers.length, trafficWidth);
  return new TrafficTally(numbers);
}

test("what happens to messages is counted once, for their application, and taken away by whoever asks", async () => {
  const { director, attempts, failures } = await startDirector(new MemoryDisk(), 1, undefined, {
    schedule: [60],
  });
  assert.deepEqual(director.takeTraffic().applications, []);
  const [endpoint] = message.recipients;
  assert(endpoint !== undefined);
  const skipped = { ...message, recipients: [{ ...endpoint, skipped: true }] };
  await director.accept([message, message, skipped]);
  while (attempts.length < 2) await turn();
  assert.equal(director.inFlight, 2);
  const accepted = onlyTally(director.takeTraffic());
  assert.deepEqual(
    [accepted.of("messages"), accepted.of("payloadBytes"), accepted.of("deliveries")],
    [3, 6, 2],
  );
  attempts[0]?.(delivered);
  attempts[1]?.({ kind: "unanswered", reason: "timeout", durationMs: 15_000 });
  while (director.inFlight > 0) await turn();
  const ended = onlyTally(director.takeTraffic());
  const names = ["messages", "2xx", "timeout", "delivered", "retries", "exhausted"] as const;
  assert.deepEqual(
    names.map((name) => ended.of(name)),
    [0, 1, 1, 1, 1, 0],
  );
  assert.equal(ended.attemptDuration.sumMs, 15_001);
  assert.deepEqual(director.takeTraffic().applications, []);
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("a survey sees what waits, how old the oldest of it is, and the longest queues", async () => {
  const { director, attempts, failures } = await startDirector(new MemoryDisk(), 1);
  const empty = await director.surveyQueues();
  assert.deepEqual([empty.states.working.endpoints, empty.longest], [0, []]);
  const count = limits.concurrencyInitial + 3;
  await director.accept(Array.from({ length: count }, () => message));
  while (attempts.length < limits.concurrencyInitial) await turn();
  const { states, longest, byApplication } = await director.surveyQueues();
  const inFlight = limits.concurrencyInitial;
  assert.deepEqual(states.working, {
    endpoints: 1,
    pending: count,
    inFlight,
    oldestAtMs: 1_700_000_000_000,
  });
  const { application, recipients } = message;
  assert.deepEqual(longest, [
    { endpoint: recipients[0]?.endpoint, application, pending: count, inFlight, state: "working" },
  ]);
  assert.deepEqual(byApplication.applications, [application]);
  assert.deepEqual(queuesAt(byApplication, 0), {
    endpoints: 1,
    failing: 0,
    pending: count,
    inFlight,
    longest: recipients[0]?.endpoint,
    longestPending: count,
  });
  assert.deepEqual(failures, []);
  for (const end of attempts) end(delivered);
  await director.stop(0);
});

test("what is cancelled by request is counted so", async () => {
  const { director, attempts } = await startDirector(new MemoryDisk(), 1);
  const [recipient] = message.recipients;
  assert(recipient !== undefined);
  await director.accept(Array.from({ length: limits.concurrencyInitial + 5 }, () => message));
  while (attempts.length < limits.concurrencyInitial) await turn();
  const { cancelled } = await director.cancel(recipient.endpoint);
  assert.equal(cancelled, 5);
  assert.equal(onlyTally(director.takeTraffic()).of("cancelled"), 5);
  for (const end of attempts) end(delivered);
  await director.stop(0);
});
