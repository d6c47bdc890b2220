import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startMs } from "../../test/api/in-memory-backend.ts";
import { createTestApi } from "../../test/api/test-api.ts";

const api = await createTestApi();
after(() => api.server.close());

await api.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders", throttleRate: 50 });
for (const uid of ["paused", "held"]) {
  const body = { url: "https://a.example/", uid, throttleRate: 7 };
  await api.ask("POST", "/api/v1/app/orders/endpoint", body);
}

function at(ms: number): string {
  return new Date(startMs + ms).toISOString();
}

test("a queue is shown as the Directors have it, with the rates of endpoint and application", async () => {
  const paused = await api.ask("GET", "/api/v1/app/orders/endpoint/paused/queue");
  assert.deepEqual(paused.json(), {
    pending: 1,
    exact: true,
    oldest: at(-1_000),
    inFlight: 1,
    concurrency: 4,
    throttleRate: 7,
    state: "paused",
    failSince: at(-60_000),
    pausedUntil: at(0),
    pausedBy: "failures",
    pauseReason: null,
    heldUntil: null,
    minutes: [{ at: at(-60_000), succeeded: 0, failed: 6, unanswered: 1 }],
    application: { pending: 2, inFlight: 1, throttleRate: 50 },
  });
});

test("an endpoint that works has not failed, and is shown as held while it is", async () => {
  const held = await api.ask("GET", "/api/v1/app/orders/endpoint/held/queue");
  const { state, failSince, pausedUntil, heldUntil } = held.json<Record<string, unknown>>();
  assert.deepEqual([state, failSince, pausedUntil, heldUntil], ["working", null, null, at(1_000)]);
});

test("a cancellation is not done while what was being sent has no outcome", async () => {
  for (const [uid, done] of [
    ["paused", false],
    ["held", true],
  ] as const) {
    const path = `/api/v1/app/orders/endpoint/${uid}/queue/cancel`;
    assert.equal((await api.ask("POST", path)).json<{ done: boolean }>().done, done);
  }
});
