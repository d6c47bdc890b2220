import assert from "node:assert/strict";
import { test } from "node:test";
import { destination } from "../../test/conformance/scratch-director.ts";
import { SimulatedClock } from "../../test/simulation/simulated-clock.ts";
import { deliveryNumberOf } from "../core/delivery.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { EndpointGate } from "./endpoint-gate.ts";
import { Turnstile } from "./turnstile.ts";
import { VirtualQueue } from "./virtual-queue.ts";

const bulkShare = 0.2;
const attemptMs = 1;

/** A flood of an endpoint that takes four at a time, and somebody who may send ten messages a second. */
function floodedTurnstile({
  light,
  cost = 1,
}: {
  readonly light: boolean;
  readonly cost?: number;
}) {
  const clock = new SimulatedClock(1_700_000_000_000);
  const starts: { readonly queue: VirtualQueue; readonly atMs: number }[] = [];
  const [flooded, other] = [1, 2].map(
    (key) => new VirtualQueue(endpointKeyOf(key), applicationKeyOf(key), new EndpointGate()),
  );
  assert.ok(flooded !== undefined && other !== undefined);
  const rows = new Map([flooded, other].map((queue) => [queue, 0]));
  const accept = (queue: VirtualQueue): void => {
    const row = (rows.get(queue) ?? 0) + 1;
    rows.set(queue, row);
    queue.admit(1, deliveryNumberOf(row, 0), clock.nowMs());
    turnstile.offer(queue);
  };
  const pump = (): void => {
    for (let queue = turnstile.next(); queue !== undefined; queue = turnstile.next()) {
      const started = queue;
      started.take(clock.nowMs());
      turnstile.pass(started, destination);
      starts.push({ queue, atMs: clock.nowMs() });
      if (started === flooded) accept(flooded);
      turnstile.offer(started);
      clock.after(attemptMs, () => {
        started.release();
        turnstile.finished(started, attemptMs);
        turnstile.offer(started);
        pump();
      });
    }
  };
  const turnstile = new Turnstile({
    clock,
    destinations: {
      find: () => destination,
      pauseOf: () => flooded.gate.pause,
      throttleRateOf: () => undefined,
    },
    transport: { costOf: () => cost },
    bulkShare,
    queueOf: (endpoint) => (endpoint === flooded.endpoint ? flooded : other),
    onOpened: pump,
  });
  const beat = (): void => {
    accept(other);
    pump();
    clock.after(100, beat);
  };
  if (light) beat();
  for (let each = 0; each < limits.windowDeliveries / 2; each += 1) accept(flooded);
  pump();
  const startsOf = (queue: VirtualQueue): readonly number[] =>
    starts.flatMap((start) => (start.queue === queue ? [start.atMs] : []));
  return { clock, flood: () => startsOf(flooded), others: () => startsOf(other) };
}

test("a flood that nobody shares with is sent as fast as its endpoint takes it", async () => {
  const { clock, flood } = floodedTurnstile({ light: false });
  await clock.run(clock.nowMs() + 2_000);
  assert.equal(flood().length, limits.concurrencyInitial * (2_000 / attemptMs + 1));
});

test("beside others a flood is sent its share, and they are sent at once", async () => {
  const { clock, flood, others } = floodedTurnstile({ light: true });
  const startMs = clock.nowMs();
  await clock.run(startMs + 2_000);
  assert.deepEqual(
    others(),
    Array.from({ length: 21 }, (_, beat) => startMs + 100 * beat),
  );
  const paced = flood().filter((atMs) => atMs >= startMs + 1_000).length;
  const perSecond = (1_000 * bulkShare) / limits.bulkAttemptMs;
  assert.ok(Math.abs(paced / perSecond - 1) < 0.02, `${paced} attempts`);
});

test("beside others endpoints that are met for the first time are so as many times more slowly as that costs", async () => {
  const cost = limits.firstContactAttempts;
  const { clock, flood } = floodedTurnstile({ light: true, cost });
  const startMs = clock.nowMs();
  await clock.run(startMs + 2_000);
  const paced = flood().filter((atMs) => atMs >= startMs + 1_000).length;
  const perSecond = (1_000 * bulkShare) / limits.bulkAttemptMs / cost;
  assert.ok(Math.abs(paced / perSecond - 1) < 0.02, `${paced} attempts`);
});
