import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../test/simulation/simulated-clock.ts";
import { endpointIdOf, endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { TemporaryEndpoints } from "./temporary-endpoints.ts";

const startMs = 1_700_000_000_000;
const { temporaryEndpointIdleMs: idleMs, temporaryEndpointLookMs: lookMs } = limits;

test("an endpoint goes when nobody has listened for a while: since it was made, since the start, since the last listener", async () => {
  const clock = new SimulatedClock(startMs);
  const listened = new Map<number, () => number>();
  const endpoints = new Map(
    [startMs - idleMs, startMs + idleMs, startMs, startMs].map((updatedAtMs, at) => {
      const endpoint = endpointKeyOf(at + 1);
      const id = endpointIdOf(startMs, new Uint8Array(14).fill(at));
      return [endpoint, { endpoint, id, updatedAtMs }] as const;
    }),
  );
  listened.set(3, () => startMs + 2 * idleMs);
  listened.set(4, () => clock.nowMs());
  const gone: string[] = [];
  const temporary = new TemporaryEndpoints({
    reader: { temporaryEndpoints: () => [...endpoints.values()] },
    inspector: { listenedAtMs: (endpoint) => listened.get(endpoint)?.() },
    control: { deleteEndpoint: async (endpoint) => void endpoints.delete(endpoint) },
    clock,
    onDeleted: (id) => gone.push(`${id} ${clock.nowMs() - startMs}`),
    onFailure: () => assert.fail("nothing fails"),
  });
  temporary.start();
  const ids = Array.from(endpoints.values(), ({ id }) => id);
  await clock.run(startMs + 4 * idleMs);
  assert.deepEqual(gone, [
    `${ids[0]} ${idleMs}`,
    `${ids[1]} ${2 * idleMs}`,
    `${ids[2]} ${3 * idleMs}`,
  ]);
  assert.equal(idleMs % lookMs, 0);
  await temporary.stop();
});
