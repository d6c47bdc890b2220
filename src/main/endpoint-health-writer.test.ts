import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointHealth } from "../control/facade.ts";
import type { EndpointPause } from "../core/endpoint-pause.ts";
import { PosthornError } from "../core/errors.ts";
import { endpointKeyOf } from "../core/ids.ts";
import { EndpointHealthWriter } from "./endpoint-health-writer.ts";

function failingSince(failingSinceMs: number): EndpointPause {
  return { kind: "failing", failingSinceMs, failures: 1, holdUntilMs: 0 };
}

/** @param refusals what the first writes are refused with */
function writerWorld(...refusals: readonly ("overloaded" | "control_unavailable")[]) {
  const waiting = [...refusals];
  const writes: (readonly EndpointHealth[])[] = [];
  const failures: unknown[] = [];
  const timers: (() => void)[] = [];
  const writer = new EndpointHealthWriter({
    control: {
      keepEndpointHealth: async (health) => {
        const refusal = waiting.shift();
        if (refusal !== undefined) throw new PosthornError(refusal, "refused");
        writes.push(health);
      },
    },
    clock: {
      after: (_, callback) => {
        timers.push(callback);
        return { stop: () => timers.splice(timers.indexOf(callback), 1) };
      },
    },
    onFailure: (error) => failures.push(error),
  });
  const keep = (endpoint: number, sinceMs: number): void =>
    writer.keep({ endpoint: endpointKeyOf(endpoint), pause: failingSince(sinceMs) });
  return { writer, writes, failures, timers, keep };
}

test("what is told in one turn is one write, and the newest of an endpoint counts", async () => {
  const { writer, writes, keep } = writerWorld();
  keep(1, 1);
  keep(2, 1);
  keep(1, 2);
  await writer.stop();
  assert.deepEqual(writes, [
    [
      { endpoint: 1, pause: failingSince(2) },
      { endpoint: 2, pause: failingSince(1) },
    ],
  ]);
});

test("while the control store is overloaded it waits, and does not take the place of what is newer", async () => {
  const { writer, writes, timers, failures, keep } = writerWorld("overloaded");
  keep(1, 1);
  keep(2, 1);
  await new Promise(setImmediate);
  assert.deepEqual([writes.length, failures.length, timers.length], [0, 1, 1]);
  keep(1, 2);
  await writer.stop();
  assert.deepEqual(writes, [
    [
      { endpoint: 1, pause: failingSince(2) },
      { endpoint: 2, pause: failingSince(1) },
    ],
  ]);
});

test("without a control store it is told and forgotten", async () => {
  const { writer, writes, failures, timers, keep } = writerWorld("control_unavailable");
  keep(1, 1);
  await new Promise(setImmediate);
  await writer.stop();
  assert.deepEqual([writes.length, failures.length, timers.length], [0, 1, 0]);
});
