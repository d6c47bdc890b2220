import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../test/simulation/simulated-clock.ts";
import { type EndpointPause, initialPause } from "../core/endpoint-pause.ts";
import { endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { HealthKeeper } from "./health-keeper.ts";

const startMs = 1_700_000_000_000;
const endpoint = endpointKeyOf(1);
const failing: EndpointPause = {
  kind: "failing",
  failingSinceMs: startMs,
  failures: 1,
  holdUntilMs: 0,
};
const paused: EndpointPause = {
  kind: "paused",
  failingSinceMs: startMs,
  failures: 5,
  probes: 0,
  probeAtMs: startMs + 10_000,
};

function keeperWorld() {
  const clock = new SimulatedClock(startMs);
  const world: { pause: EndpointPause } = { pause: initialPause };
  const told: string[] = [];
  const keeper = new HealthKeeper({
    clock,
    pauseOf: () => world.pause,
    onHealth: (_, { kind }) => told.push(kind),
  });
  const becomes = (pause: EndpointPause): void => {
    world.pause = pause;
    keeper.look(endpoint, pause);
  };
  return { clock, told, keeper, becomes };
}

test("a failure is told when none of 30 s has been followed by a success, though nothing else happens", async () => {
  const { clock, told, becomes } = keeperWorld();
  becomes(failing);
  await clock.run(startMs + limits.pauseAfterMs - 1);
  assert.deepEqual(told, []);
  await clock.run(startMs + limits.pauseAfterMs);
  assert.deepEqual(told, ["failing"]);
  becomes({ ...failing, failures: 2 });
  becomes(initialPause);
  becomes(initialPause);
  assert.deepEqual(told, ["failing", "working"]);
});

test("a failure that a success follows soon is not told", async () => {
  const { clock, told, becomes } = keeperWorld();
  becomes(failing);
  becomes(initialPause);
  await clock.run(startMs + 2 * limits.pauseAfterMs);
  assert.deepEqual(told, []);
});

test("a pause is told once, however often it is probed, and so is its end", () => {
  const { told, becomes } = keeperWorld();
  becomes(paused);
  becomes({ ...paused, probes: 1 });
  becomes(initialPause);
  assert.deepEqual(told, ["paused", "working"]);
});

test("what an earlier run has told is not told again, but its end is", () => {
  const { told, keeper, becomes } = keeperWorld();
  keeper.restored(endpoint, paused);
  becomes(paused);
  assert.deepEqual(told, []);
  becomes(initialPause);
  assert.deepEqual(told, ["working"]);
});
