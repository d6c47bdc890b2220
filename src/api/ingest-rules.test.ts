import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { after, test } from "node:test";
import { createTestApi, intakeRules, type TestApi, tokenOf } from "../../test/api/test-api.ts";
import type { IngestRulesOptions } from "./ingest-rules.ts";

const message = { eventType: "order.made", payload: {} };

async function apiWith(rates: Partial<IngestRulesOptions>): Promise<TestApi> {
  const api = await createTestApi({ intakeRules: { ...intakeRules, ...rates } });
  after(() => api.server.close());
  for (const uid of ["one", "other"]) await api.ask("POST", "/api/v1/app", { name: uid, uid });
  return api;
}

async function statusOf(api: TestApi, uid: string, token?: string): Promise<number> {
  return (await api.ask("POST", `/api/v1/app/${uid}/msg`, message, token)).statusCode;
}

test("an application above its rate is answered 429 with the time to come back, and no other one", async () => {
  const api = await apiWith({ applicationRate: 0.01 });
  assert.equal(await statusOf(api, "one"), 202);
  const refused = await api.ask("POST", "/api/v1/app/one/msg", message);
  assert.equal(refused.statusCode, 429);
  const seconds = refused.headers["retry-after"];
  assert.match(String(seconds), /^9\d$/);
  const detail = `Expected no more messages of this application than its rate allows, got more. Try again in ${seconds} s.`;
  assert.deepEqual(refused.json(), { code: "too_many_requests", detail });
  assert.equal(await statusOf(api, "other"), 202);
});

test("an organisation above its rate is refused whatever the application, and no other one", async () => {
  const api = await apiWith({ organizationRate: 0.01 });
  assert.equal(await statusOf(api, "one"), 202);
  assert.equal(await statusOf(api, "one"), 429);
  assert.equal(await statusOf(api, "other"), 429);
  assert.equal(await statusOf(api, "none", await tokenOf("org_2")), 404);
});

test("a batch is taken whole, and counts as many messages as it has", async () => {
  const api = await apiWith({ applicationRate: 1 });
  const batch = Array.from({ length: 100 }, () => message);
  assert.equal((await api.ask("POST", "/api/v1/app/one/msg/batch", batch)).statusCode, 202);
  const refused = await api.ask("POST", "/api/v1/app/one/msg/batch", batch);
  assert.equal(refused.statusCode, 429);
  assert.match(String(refused.headers["retry-after"]), /^9\d$/);
});

test("of requests that came together before any was counted only as many go on as may", async () => {
  const api = await apiWith({ applicationRate: 0.01 });
  const statuses = await Promise.all(Array.from({ length: 10 }, () => statusOf(api, "one")));
  assert.deepEqual(
    statuses.toSorted((one, other) => one - other),
    [202, ...Array.from({ length: 9 }, () => 429)],
  );
});

test("it is refused before its body is read", async () => {
  const api = await apiWith({ applicationRate: 0.01 });
  assert.equal(await statusOf(api, "one"), 202);
  await api.server.listen({ port: 0, host: "127.0.0.1" });
  const { port } = api.server.server.address() as AddressInfo; // of a TCP server
  const socket = connect(port, "127.0.0.1");
  socket.write(
    [
      "POST /api/v1/app/one/msg HTTP/1.1",
      "host: 127.0.0.1",
      `authorization: Bearer ${api.token}`,
      "content-type: application/json",
      "content-length: 1000000",
      "",
      "",
    ].join("\r\n"),
  );
  const [answer] = (await once(socket, "data")) as [Buffer]; // what a socket without encoding gives
  socket.destroy();
  assert.match(answer.toString(), /^HTTP\/1\.1 429 /);
});
