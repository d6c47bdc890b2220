import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { StoredAttempt } from "../director/facade.ts";
import { attemptIdOf, endpointKeyOf, messageIdOf, parseMessageId } from "../core/ids.ts";
import { startMs } from "../../test/api/in-memory-backend.ts";
import { createTestApi } from "../../test/api/test-api.ts";

const api = await createTestApi();
after(() => api.server.close());

interface List {
  readonly data: Record<string, unknown>[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
}

async function create(path: string, body: object): Promise<string> {
  return (await api.ask("POST", path, body)).json<{ id: string }>().id;
}

await create("/api/v1/app", { name: "Orders", uid: "orders" });
await create("/api/v1/app", { name: "Other", uid: "other" });
const endpoints: string[] = [];
for (const uid of ["a", "b", "c"]) {
  const body = { url: `https://${uid}.example/`, uid, disabled: uid === "c" };
  endpoints.push(await create("/api/v1/app/orders/endpoint", body));
}
const messages: string[] = [];
for (let number = 1; number <= 3; number += 1) {
  const body = { eventType: "order.made", eventId: `order-${number}`, payload: { number } };
  messages.push(await create("/api/v1/app/orders/msg", body));
}

function attempt(message: number, endpoint: number, more: Partial<StoredAttempt>): StoredAttempt {
  const address = parseMessageId(messages[message] ?? "") ?? assert.fail();
  const row = api.backend.attempts.length + 1;
  return {
    address: { atMs: startMs + row * 1000, jobDb: 1, row, nonce: row },
    message: address,
    delivery: 65_536,
    endpoint: endpointKeyOf(endpoint),
    round: 0,
    number: 1,
    trigger: "scheduled",
    url: "https://a.example/",
    statusCode: 500,
    durationMs: 12,
    response: Buffer.from("no"),
    settlement: undefined,
    retryAtMs: undefined,
    eventType: "order.made",
    channels: undefined,
    ...more,
  };
}
for (const made of [
  () => attempt(0, 1, { settlement: "delivered", statusCode: 200 }),
  () => attempt(0, 2, { retryAtMs: startMs + 60_000 }),
  () => attempt(1, 1, { settlement: "exhausted" }),
]) {
  api.backend.attempts.push(made());
}
const attemptIds = api.backend.attempts.map(({ address }) => attemptIdOf(address));

const success = { status: 0, statusText: "success", nextAttempt: null };
const pending = { status: 1, statusText: "pending", nextAttempt: null };
const failed = { status: 2, statusText: "fail", nextAttempt: null };

test("an attempt is told by its id, with what the endpoint answered", async () => {
  const answer = await api.ask(
    "GET",
    `/api/v1/app/orders/msg/${messages[0]}/attempt/${attemptIds[1]}`,
  );
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), {
    id: attemptIds[1],
    msgId: messages[0],
    endpointId: endpoints[1],
    url: "https://a.example/",
    response: "no",
    responseStatusCode: 500,
    responseDurationMs: 12,
    status: 2,
    statusText: "fail",
    triggerType: 0,
    timestamp: "2026-11-22T00:00:02.000Z",
  });
});

test("a message's destinations are told as endpoints with the delivery's status, and can be walked both ways", async () => {
  const url = `/api/v1/app/orders/msg/${messages[0]}/endpoint`;
  const all = (await api.ask("GET", url)).json<List>();
  const statuses = all.data.map(({ id, uid, status, statusText, nextAttempt }) => ({
    id,
    uid,
    status,
    statusText,
    nextAttempt,
  }));
  assert.deepEqual(statuses, [
    { id: endpoints[0], uid: "a", ...success },
    { id: endpoints[1], uid: "b", ...pending, nextAttempt: "2026-11-22T00:01:00.000Z" },
    { id: endpoints[2], uid: "c", ...failed },
  ]);
  assert.deepEqual(
    { ...all, data: undefined },
    { data: undefined, iterator: endpoints[2], prevIterator: `-${endpoints[0]}`, done: true },
  );
  assert.ok(!("metadata" in (all.data[0] ?? {})), "the contract has none here");
  const first = (await api.ask("GET", `${url}?limit=2`)).json<List>();
  assert.deepEqual([first.data.length, first.done], [2, false]);
  const second = (await api.ask("GET", `${url}?limit=2&iterator=${first.iterator}`)).json<List>();
  assert.deepEqual(second.data, all.data.slice(2));
  const back = await api.ask("GET", `${url}?limit=2&iterator=${second.prevIterator}`);
  assert.deepEqual(back.json<List>().data, first.data);
});

const byEndpoint = "/api/v1/app/orders/endpoint/a/msg";

test("an endpoint's messages are told with the delivery's status, newest first, and can be walked both ways", async () => {
  const all = (await api.ask("GET", byEndpoint)).json<List>();
  assert.deepEqual(all.data[2], {
    payload: { number: 1 },
    id: messages[0],
    eventType: "order.made",
    eventId: "order-1",
    channels: null,
    tags: null,
    timestamp: "2026-11-22T00:00:00.001Z",
    ...success,
  });
  assert.deepEqual(
    all.data.map(({ id, status }) => [id, status]),
    [
      [messages[2], 1],
      [messages[1], 2],
      [messages[0], 0],
    ],
  );
  const first = (await api.ask("GET", `${byEndpoint}?limit=2&with_content=false`)).json<List>();
  assert.deepEqual(
    first.data.map(({ payload }) => payload),
    [{}, {}],
  );
  const next = `${byEndpoint}?limit=2&iterator=${first.iterator}`;
  const second = (await api.ask("GET", next)).json<List>();
  assert.deepEqual(second.data, all.data.slice(2));
  const back = await api.ask("GET", `${byEndpoint}?limit=2&iterator=${second.prevIterator}`);
  assert.deepEqual(back.json<List>().data, all.data.slice(0, 2));
});

test("an endpoint's messages are narrowed by status; none is ever told to be being sent", async () => {
  for (const [status, expected] of [[messages[0]], [messages[2]], [messages[1]], []].entries()) {
    const found = (await api.ask("GET", `${byEndpoint}?status=${status}`)).json<List>();
    assert.deepEqual(
      found.data.map(({ id }) => id),
      expected,
    );
  }
});

test("the filters of an endpoint's messages reach history", async () => {
  const query =
    "status=1&event_types=a,b&channel=c&tag=t&limit=10&after=2026-11-22T00:00:00Z&before=2026-11-23T00:00:00Z";
  assert.equal((await api.ask("GET", `${byEndpoint}?${query}`)).statusCode, 200);
  assert.deepEqual(api.backend.queries.at(-1), {
    limit: 11,
    edge: undefined,
    direction: "older",
    sinceMs: startMs + 1,
    untilMs: startMs + 86_400_000,
    state: "waiting",
    eventTypes: ["a", "b"],
    channel: "c",
    tag: "t",
    payloadBytesMax: 4 * 1024 * 1024,
  });
});

test("an endpoint's messages are counted by status, within a span if asked to", async () => {
  const url = "/api/v1/app/orders/endpoint/a/stats";
  assert.deepEqual((await api.ask("GET", url)).json(), {
    success: 1,
    pending: 1,
    sending: 0,
    fail: 1,
    canceled: 0,
  });
  await api.ask("GET", `${url}?since=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z`);
  const { sinceMs, untilMs } = api.backend.spans.at(-1) ?? assert.fail();
  assert.deepEqual([sinceMs, untilMs], [startMs, startMs + 86_400_000]);
});

test("more messages than are counted are told so", async () => {
  api.backend.countsTooMany(true);
  const answer = await api.ask("GET", "/api/v1/app/orders/endpoint/a/stats");
  api.backend.countsTooMany(false);
  assert.equal(answer.statusCode, 422);
  assert.match(answer.body, /Narrow it with since and until/);
});

const nobody = messageIdOf({ atMs: startMs, jobDb: 1, row: 9, nonce: 9 });
for (const [url, status] of [
  [`/api/v1/app/other/msg/${messages[0]}/attempt/${attemptIds[0]}`, 404],
  [`/api/v1/app/orders/msg/${messages[1]}/attempt/${attemptIds[0]}`, 404],
  [`/api/v1/app/orders/msg/${messages[0]}/attempt/none`, 404],
  [`/api/v1/app/orders/msg/${nobody}/endpoint`, 404],
  [`/api/v1/app/other/msg/${messages[0]}/endpoint`, 404],
  [`/api/v1/app/orders/msg/${messages[0]}/endpoint?iterator=ep_${"0".repeat(27)}`, 422],
  ["/api/v1/app/other/endpoint/a/msg", 404],
  [`${byEndpoint}?status=4`, 422],
  [`${byEndpoint}?iterator=ep_1`, 422],
  ["/api/v1/app/other/endpoint/a/stats", 404],
  ["/api/v1/app/orders/endpoint/a/stats?since=yesterday", 422],
] as const) {
  test(`${url} is answered ${status}`, async () => {
    assert.equal((await api.ask("GET", url)).statusCode, status);
  });
}

test("a message is found by its event id wherever its id is taken, within its application", async () => {
  for (const path of ["msg/NAME", "msg/NAME/endpoint", "attempt/msg/NAME"]) {
    const ask = async (application: string, name: string | undefined) => {
      const url = `/api/v1/app/${application}/${path.replace("NAME", name ?? "")}`;
      const answer = await api.ask("GET", url);
      return answer.statusCode === 200 ? answer.json<object>() : answer.statusCode;
    };
    assert.deepEqual(await ask("orders", "order-1"), await ask("orders", messages[0]), path);
    assert.equal(await ask("other", "order-1"), 404, path);
    assert.equal(await ask("orders", "order-9"), 404, path);
  }
});

test("a message whose event id was used before is refused, alone with 409 and in a batch as a duplicate", async () => {
  const body = { eventType: "order.made", eventId: "order-1", payload: {} };
  const before = api.backend.accepted.length;
  const answer = await api.ask("POST", "/api/v1/app/orders/msg", body);
  assert.equal(answer.statusCode, 409);
  assert.equal(answer.json<{ code: string }>().code, "conflict");
  const batch = await api.ask("POST", "/api/v1/app/orders/msg/batch", [
    body,
    { ...body, eventId: "order-4" },
    { ...body, eventId: "order-4" },
  ]);
  assert.equal(batch.statusCode, 202);
  assert.deepEqual(
    batch.json<List>().data.map(({ status }) => status),
    ["duplicate", "accepted", "duplicate"],
  );
  assert.equal(api.backend.accepted.length, before + 1);
  assert.equal((await api.ask("POST", "/api/v1/app/other/msg", body)).statusCode, 202);
});
