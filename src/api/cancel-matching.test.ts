import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startMs } from "../../test/api/in-memory-backend.ts";
import { createTestApi } from "../../test/api/test-api.ts";

const api = await createTestApi();
after(() => api.server.close());

await api.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" });
const endpoint = { url: "https://a.example/", uid: "a" };
await api.ask("POST", "/api/v1/app/orders/endpoint", endpoint);
for (const eventType of ["made", "paid"])
  await api.ask("POST", "/api/v1/app/orders/msg", { eventType, payload: {} });

const base = "/api/v1/app/orders/endpoint/a";
const filter = "?since=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z&event_types=made,paid";

test("what waits is counted by a filter, and so are an endpoint's messages by status", async () => {
  assert.deepEqual((await api.ask("GET", `${base}/queue/count`)).json(), { messages: 2 });
  for (const path of ["queue/count", "stats"]) {
    const answer = await api.ask("GET", `${base}/${path}${filter}&channel=c&tag=t`);
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(api.backend.spans.at(-1), {
      sinceMs: startMs,
      untilMs: startMs + 86_400_000,
      eventTypes: ["made", "paid"],
      channel: "c",
      tag: "t",
    });
  }
});

test("too much to count is no number", async () => {
  api.backend.countsTooMany(true);
  assert.deepEqual((await api.ask("GET", `${base}/queue/count`)).json(), { messages: null });
  api.backend.countsTooMany(false);
});

for (const [body, place] of [
  [{ since: "2026-11-23T00:00:00Z", until: "2026-11-22T00:00:00Z" }, ["body", "since"]],
  [{ eventTypes: [] }, ["body", "eventTypes"]],
  [{ event_types: ["made"] }, ["body", "event_types"]],
] as const) {
  test(`${JSON.stringify(body)} is refused`, async () => {
    const answer = await api.ask("POST", `${base}/queue/cancel-matching`, body);
    assert.equal(answer.statusCode, 422);
    const { detail } = answer.json<{ readonly detail: readonly { readonly loc: unknown }[] }>();
    assert.deepEqual(detail[0]?.loc, place);
  });
}
