import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { StoredAttempt } from "../director/facade.ts";
import { attemptIdOf, endpointKeyOf, parseMessageId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { startMs } from "../../test/api/in-memory-backend.ts";
import { createTestApi } from "../../test/api/test-api.ts";

const api = await createTestApi();
after(() => api.server.close());
await api.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" });
await api.ask("POST", "/api/v1/app", { name: "Other", uid: "other" });
const endpoint = { url: "https://a.example/", uid: "a" };
const { id: endpointId } = (await api.ask("POST", "/api/v1/app/orders/endpoint", endpoint)).json<{
  id: string;
}>();
const message = { eventType: "order.made", payload: {} };
const { id: messageId } = (await api.ask("POST", "/api/v1/app/orders/msg", message)).json<{
  id: string;
}>();
const messageAddress = parseMessageId(messageId);
assert.ok(messageAddress !== undefined);

interface List {
  readonly data: Record<string, unknown>[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
}

function attempt(row: number, more: Partial<StoredAttempt>): StoredAttempt {
  return {
    address: { atMs: startMs + row * 1000, jobDb: 1, row, nonce: row },
    message: messageAddress ?? assert.fail(),
    delivery: 65_536,
    endpoint: endpointKeyOf(1),
    round: 0,
    number: row,
    trigger: "scheduled",
    url: "https://a.example/",
    statusCode: 500,
    durationMs: 12.6,
    response: Buffer.from("no\0t \xff now", "latin1"),
    settlement: undefined,
    retryAtMs: undefined,
    eventType: "order.made",
    channels: undefined,
    ...more,
  };
}

const attempts = [
  attempt(1, { statusCode: 0, response: Buffer.from("timed out"), retryAtMs: startMs + 9_000 }),
  attempt(2, { settlement: "exhausted" }),
  attempt(3, { statusCode: 204, trigger: "manual", settlement: "delivered" }),
];
api.backend.attempts.push(...attempts);
const ids = attempts.map(({ address }) => attemptIdOf(address)).toReversed();

const byMessage = `/api/v1/app/orders/attempt/msg/${messageId}`;
const byEndpoint = `/api/v1/app/orders/attempt/endpoint/${endpointId}`;

for (const url of [byMessage, byEndpoint, "/api/v1/app/orders/attempt/endpoint/a"]) {
  test(`${url.slice(0, 36)}… tells every attempt in Svix's shape, newest first`, async () => {
    const answer = await api.ask("GET", url);
    assert.equal(answer.statusCode, 200);
    const list = answer.json<List>();
    const common = {
      msgId: messageId,
      endpointId,
      url: "https://a.example/",
      responseDurationMs: 13,
    };
    assert.deepEqual(list, {
      data: [
        {
          id: ids[0],
          ...common,
          response: "no\0t \ufffd now",
          responseStatusCode: 204,
          status: 0,
          statusText: "success",
          triggerType: 1,
          timestamp: "2026-11-22T00:00:03.000Z",
        },
        {
          id: ids[1],
          ...common,
          response: "no\0t \ufffd now",
          responseStatusCode: 500,
          status: 2,
          statusText: "fail",
          triggerType: 0,
          timestamp: "2026-11-22T00:00:02.000Z",
        },
        {
          id: ids[2],
          ...common,
          response: "timed out",
          responseStatusCode: 0,
          status: 2,
          statusText: "fail",
          triggerType: 0,
          timestamp: "2026-11-22T00:00:01.000Z",
        },
      ],
      iterator: ids[2],
      prevIterator: `-${ids[0]}`,
      done: true,
    });
  });

  test(`${url.slice(0, 36)}… can be walked and leaves the answers out when asked to`, async () => {
    const first = await api.ask("GET", `${url}?limit=2&with_content=false`);
    assert.deepEqual(
      first.json<List>().data.map(({ id, response }) => [id, response]),
      [
        [ids[0], ""],
        [ids[1], ""],
      ],
    );
    assert.equal(first.json<List>().done, false);
    const second = await api.ask("GET", `${url}?limit=2&iterator=${first.json<List>().iterator}`);
    assert.deepEqual(
      second.json<List>().data.map(({ id }) => id),
      [ids[2]],
    );
    const back = await api.ask(
      "GET",
      `${url}?limit=2&iterator=${second.json<List>().prevIterator}`,
    );
    assert.deepEqual(
      back.json<List>().data.map(({ id }) => id),
      [ids[0], ids[1]],
    );
  });
}

test("the filters reach history", async () => {
  const query =
    "status=2&status_code_class=500&event_types=a,b&channel=c&tag=t&limit=10" +
    "&after=2026-11-22T00:00:00Z&before=2026-11-23T00:00:00Z";
  const expected = {
    limit: 11,
    edge: undefined,
    direction: "older",
    sinceMs: startMs + 1,
    untilMs: startMs + 86_400_000,
    status: "failed",
    statusCodeClass: 500,
    eventTypes: ["a", "b"],
    channel: "c",
    tag: "t",
    endpoint: undefined,
  };
  assert.equal((await api.ask("GET", `${byEndpoint}?${query}`)).statusCode, 200);
  assert.deepEqual(api.backend.queries.at(-1), expected);
  assert.equal((await api.ask("GET", `${byMessage}?${query}&endpoint_id=a`)).statusCode, 200);
  assert.deepEqual(api.backend.queries.at(-1), { ...expected, endpoint: endpointKeyOf(1) });
  for (const [status, wanted] of Object.entries({ 0: "delivered", 2: "failed" })) {
    await api.ask("GET", `${byEndpoint}?status=${status}`);
    const last = api.backend.queries.at(-1);
    assert.ok(last !== undefined && "status" in last);
    assert.equal(last.status, wanted);
    assert.equal(last.limit, limits.pageDefault + 1);
  }
});

test("no attempt is ever pending or being sent: it is recorded when its outcome is known", async () => {
  const before = api.backend.queries.length;
  for (const status of [1, 3]) {
    const answer = await api.ask("GET", `${byEndpoint}?status=${status}`);
    assert.deepEqual(answer.json(), { data: [], iterator: null, prevIterator: null, done: true });
  }
  assert.equal(api.backend.queries.length, before);
});

for (const [url, status] of [
  ["/api/v1/app/none/attempt/endpoint/a", 404],
  ["/api/v1/app/orders/attempt/endpoint/none", 404],
  ["/api/v1/app/other/attempt/endpoint/a", 404],
  [`/api/v1/app/other/attempt/msg/${messageId}`, 404],
  [`/api/v1/app/orders/attempt/msg/msg_${"0".repeat(27)}`, 404],
  [`${byMessage}?endpoint_id=none`, 404],
  [`${byEndpoint}?status=4`, 422],
  [`${byEndpoint}?status_code_class=404`, 422],
  [`${byEndpoint}?iterator=${messageId}`, 422],
] as const) {
  test(`${url} is answered ${status}`, async () => {
    assert.equal((await api.ask("GET", url)).statusCode, status);
  });
}
