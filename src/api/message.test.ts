import assert from "node:assert/strict";
import { after, test } from "node:test";
import { limits } from "../core/limits.ts";
import { endpointKeyOf, parseMessageId } from "../core/ids.ts";
import { createTestApi, type TestApi } from "../../test/api/test-api.ts";

const api = await createTestApi();
after(() => api.server.close());
await api.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" });
await api.ask("POST", "/api/v1/app", { name: "Empty", uid: "empty" });
for (const [uid, more] of Object.entries({
  all: {},
  disabled: { disabled: true },
  paid: { eventTypes: ["invoice.paid"] },
  blue: { channels: ["blue"] },
})) {
  await api.ask("POST", "/api/v1/app/orders/endpoint", {
    url: `https://${uid}.example/`,
    uid,
    ...more,
  });
}

interface MessageOut {
  readonly id: string;
  readonly eventType: string;
  readonly eventId: string | null;
  readonly channels: string[] | null;
  readonly tags: string[] | null;
  readonly timestamp: string;
  readonly payload: unknown;
}

interface MessageList {
  readonly data: MessageOut[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
}

function lastAccepted(of: TestApi = api) {
  const message = of.backend.accepted.at(-1);
  assert.ok(message !== undefined);
  return message;
}

test("a message is accepted with all its fields and answered in Svix's shape", async () => {
  const answer = await api.ask("POST", "/api/v1/app/orders/msg", {
    eventType: "invoice.paid",
    eventId: "evt-1",
    channels: ["blue", "green"],
    tags: ["user/1", "#2"],
    payloadRetentionPeriod: 30,
    payload: { amount: 1 },
  });
  assert.equal(answer.statusCode, 202);
  assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
  const { id, timestamp, ...rest } = answer.json<MessageOut>();
  assert.equal(parseMessageId(id)?.row, api.backend.accepted.length);
  assert.match(timestamp, /^2026-11-22T00:00:00\.\d{3}Z$/);
  assert.deepEqual(rest, {
    eventType: "invoice.paid",
    eventId: "evt-1",
    channels: ["blue", "green"],
    tags: ["user/1", "#2"],
    payload: { amount: 1 },
  });
  const { application: _application, payload, recipients, ...message } = lastAccepted();
  assert.deepEqual(message, {
    eventType: "invoice.paid",
    eventId: "evt-1",
    channels: ["blue", "green"],
    tags: ["user/1", "#2"],
    retentionDays: 30,
  });
  assert.equal(Buffer.from(payload).toString(), '{"amount":1}');
  assert.deepEqual(recipients, [
    { endpoint: endpointKeyOf(1), skipped: false },
    { endpoint: endpointKeyOf(2), skipped: true },
    { endpoint: endpointKeyOf(3), skipped: false },
    { endpoint: endpointKeyOf(4), skipped: false },
  ]);
});

test("what is left out or null takes its default, and unknown fields are ignored", async () => {
  const answer = await api.ask("POST", "/api/v1/app/orders/msg", {
    eventType: "order.made",
    payload: {},
    channels: null,
    eventId: null,
    tags: null,
    payloadRetentionPeriod: null,
    transformationsParams: { a: 1 },
    deliverAt: null,
  });
  assert.equal(answer.statusCode, 202);
  const message = lastAccepted();
  assert.equal(message.retentionDays, 90);
  assert.equal(message.eventId, undefined);
  assert.equal(message.channels, undefined);
  assert.equal(message.tags, undefined);
  assert.deepEqual(
    message.recipients.map(({ endpoint }) => endpoint),
    [endpointKeyOf(1), endpointKeyOf(2)],
  );
});

for (const [name, payload] of Object.entries({
  "numbers beyond 2^53": '{"n":9007199254740993,"f":1.10,"e":1E400}',
  "duplicate keys": '{"a":1,"a":2}',
  "white space": '{ \t"a" :\r\n [ 1 , 2 ] }',
  escapes: String.raw`{"a":"A\/\u00e9","\u0062":"\ud800"}`,
  "text that is not ASCII": '{"ä":"日本語 😀"}',
  "__proto__ and friends": '{"__proto__":{"a":1},"constructor":{"prototype":{}}}',
  "a payload in the payload": '{"payload":{"payload":1}}',
  "as many levels as are allowed": `{"a":${"[".repeat(limits.jsonDepthMax - 2)}${"]".repeat(limits.jsonDepthMax - 2)}}`,
})) {
  test(`a payload with ${name} is passed on and read back byte for byte`, async () => {
    const body = `{ "payload" :${payload} , "eventType":"order.made"}`;
    const answer = await api.ask("POST", "/api/v1/app/orders/msg", body);
    assert.equal(answer.statusCode, 202);
    assert.equal(Buffer.from(lastAccepted().payload).toString(), payload);
    assert.ok(answer.body.startsWith(`{"payload":${payload},"id":`));
    const { id } = answer.json<MessageOut>();
    const read = await api.ask("GET", `/api/v1/app/orders/msg/${id}`);
    assert.ok(read.body.startsWith(`{"payload":${payload},"id":"${id}"`));
    const list = await api.ask("GET", "/api/v1/app/orders/msg?limit=1");
    assert.ok(list.body.startsWith(`{"data":[{"payload":${payload},"id":"${id}"`));
  });
}

test("a payload is never kept for longer than its application's history", async () => {
  for (const retentionDays of [7, 365]) {
    const name = `kept-${retentionDays}`;
    await api.ask("POST", "/api/v1/app", { name, uid: name, retentionDays });
  }
  const daysFor = async (kept: number, asked?: number) => {
    const period = asked === undefined ? {} : { payloadRetentionPeriod: asked };
    const body = { eventType: "a.b", payload: {}, ...period };
    assert.equal((await api.ask("POST", `/api/v1/app/kept-${kept}/msg`, body)).statusCode, 202);
    return lastAccepted().retentionDays;
  };
  assert.deepEqual([await daysFor(7), await daysFor(7, 30), await daysFor(7, 5)], [7, 7, 5]);
  assert.deepEqual([await daysFor(365), await daysFor(365, 30)], [90, 30]);
});

test("of several payloads in a body the last one is checked and passed on", async () => {
  const body = String.raw`{"payload":1,"eventType":"order.made","p\u0061yload":{"a":2}}`;
  const answer = await api.ask("POST", "/api/v1/app/orders/msg", body);
  assert.equal(answer.statusCode, 202);
  assert.equal(Buffer.from(lastAccepted().payload).toString(), '{"a":2}');
});

test("without content the answer's payload is an empty object", async () => {
  const created = await api.ask("POST", "/api/v1/app/orders/msg?with_content=false", {
    eventType: "order.made",
    payload: { secret: 1 },
  });
  assert.equal(created.statusCode, 202);
  assert.deepEqual(created.json<MessageOut>().payload, {});
  const { id } = created.json<MessageOut>();
  const read = await api.ask("GET", `/api/v1/app/orders/msg/${id}?with_content=false`);
  assert.deepEqual(read.json<MessageOut>().payload, {});
  const list = await api.ask("GET", "/api/v1/app/orders/msg?with_content=false&limit=1");
  assert.deepEqual(list.json<MessageList>().data, [read.json()]);
});

const valid = { eventType: "order.made", payload: {} };
for (const [name, body, wrong] of [
  ["no event type", { payload: {} }, { "body.eventType": "value_error.missing" }],
  ["no payload", { eventType: "a" }, { "body.payload": "value_error.missing" }],
  [
    "nothing",
    {},
    { "body.eventType": "value_error.missing", "body.payload": "value_error.missing" },
  ],
  ["an array", [], { body: "type_error" }],
  ["null", null, { body: "type_error" }],
  [
    "an event type with a space",
    { ...valid, eventType: "a b" },
    { "body.eventType": "value_error" },
  ],
  [
    "an event type of 257 characters",
    { ...valid, eventType: "a".repeat(257) },
    { "body.eventType": "value_error" },
  ],
  ["a number for an event type", { ...valid, eventType: 5 }, { "body.eventType": "type_error" }],
  ["a payload that is an array", { ...valid, payload: [] }, { "body.payload": "type_error" }],
  ["a payload that is text", { ...valid, payload: "x" }, { "body.payload": "type_error" }],
  ["a payload that is null", { ...valid, payload: null }, { "body.payload": "type_error" }],
  ["no channel at all", { ...valid, channels: [] }, { "body.channels": "value_error" }],
  [
    "six channels",
    { ...valid, channels: ["a", "b", "c", "d", "e", "f"] },
    { "body.channels": "value_error" },
  ],
  ["a channel twice", { ...valid, channels: ["a", "a"] }, { "body.channels": "value_error" }],
  [
    "a channel of 129 characters",
    { ...valid, channels: ["a".repeat(129)] },
    { "body.channels.0": "value_error" },
  ],
  ["text for channels", { ...valid, channels: "a" }, { "body.channels": "type_error" }],
  ["an empty event id", { ...valid, eventId: "" }, { "body.eventId": "value_error" }],
  ["an event id with a colon", { ...valid, eventId: "a:b" }, { "body.eventId": "value_error" }],
  [
    "a retention of 4 days",
    { ...valid, payloadRetentionPeriod: 4 },
    { "body.payloadRetentionPeriod": "value_error" },
  ],
  [
    "a retention of 91 days",
    { ...valid, payloadRetentionPeriod: 91 },
    { "body.payloadRetentionPeriod": "value_error" },
  ],
  [
    "a retention as text",
    { ...valid, payloadRetentionPeriod: "30" },
    { "body.payloadRetentionPeriod": "type_error" },
  ],
  ["a tag with a space", { ...valid, tags: ["a b"] }, { "body.tags.0": "value_error" }],
  [
    "everything wrong",
    { eventType: 1, payload: 2, channels: 3, eventId: 4 },
    {
      "body.eventType": "type_error",
      "body.payload": "type_error",
      "body.eventId": "type_error",
      "body.channels": "type_error",
    },
  ],
] as const) {
  test(`a message with ${name} is refused, naming each wrong field`, async () => {
    const before = api.backend.accepted.length;
    const answer = await api.ask("POST", "/api/v1/app/orders/msg", body);
    assert.equal(answer.statusCode, 422);
    const { detail } = answer.json<{ detail: { loc: string[]; msg: string; type: string }[] }>();
    // A pattern is broken as well where nothing is left to match.
    const found = Object.fromEntries(detail.map(({ loc, type }) => [loc.join("."), type]));
    assert.deepEqual(found, wrong);
    for (const { msg } of detail)
      assert.match(msg, /^Expected .+, got .+\. (Correct it|Add this field)\.$/);
    assert.equal(api.backend.accepted.length, before);
  });
}

test("a message for too many endpoints is refused", async () => {
  const subscription = {
    endpoint: endpointKeyOf(1),
    disabled: false,
    eventTypes: undefined,
    channels: undefined,
  };
  const count = limits.deliveriesPerMessageMax + 1;
  const { controlReader } = api.backend;
  const crowded = await createTestApi({
    controlReader: {
      ...controlReader,
      subscriptions: () => Array.from({ length: count }, () => subscription),
    },
  });
  const answer = await crowded.ask("POST", "/api/v1/app/orders/msg", valid);
  assert.equal(answer.statusCode, 409);
  assert.equal(answer.json<{ code: string }>().code, "too_many_endpoints");
  assert.equal(crowded.backend.accepted.length, 0);
  await crowded.server.close();
});

test("an unknown application, and another organisation's message, are not found", async () => {
  const unknown = await api.ask("POST", "/api/v1/app/nobody/msg", valid);
  assert.equal(unknown.statusCode, 404);
  assert.equal(unknown.json<{ code: string }>().code, "not_found");
  const created = await api.ask("POST", "/api/v1/app/orders/msg", valid);
  const { id } = created.json<MessageOut>();
  assert.equal((await api.ask("GET", `/api/v1/app/orders/msg/${id}`)).statusCode, 200);
  assert.equal((await api.ask("GET", `/api/v1/app/empty/msg/${id}`)).statusCode, 404);
  for (const wrong of [id.slice(0, -1), `${id.slice(0, -1)}!`, `msg_${"z".repeat(27)}`, "evt-9"]) {
    const answer = await api.ask("GET", `/api/v1/app/orders/msg/${encodeURIComponent(wrong)}`);
    assert.equal(answer.statusCode, wrong.endsWith("!") ? 422 : 404);
  }
});

test("the pages of messages can be walked to the end and back", async () => {
  const walked = await createTestApi();
  await walked.ask("POST", "/api/v1/app", { name: "Walk", uid: "walk" });
  const ids: string[] = [];
  for (let made = 0; made < 7; made += 1) {
    const answer = await walked.ask("POST", "/api/v1/app/walk/msg", valid);
    ids.unshift(answer.json<MessageOut>().id);
  }
  const pageAt = async (iterator: string | null): Promise<MessageList> => {
    const query = iterator === null ? "" : `&iterator=${iterator}`;
    const answer = await walked.ask("GET", `/api/v1/app/walk/msg?limit=3${query}`);
    assert.equal(answer.statusCode, 200);
    return answer.json<MessageList>();
  };
  const first = await pageAt(null);
  assert.deepEqual(first, {
    data: first.data,
    iterator: ids[2],
    prevIterator: `-${ids[0]}`,
    done: false,
  });
  const second = await pageAt(first.iterator);
  const third = await pageAt(second.iterator);
  const idsOf = (page: MessageList): string[] => page.data.map(({ id }) => id);
  assert.deepEqual([...idsOf(first), ...idsOf(second), ...idsOf(third)], ids);
  assert.deepEqual([first.done, second.done, third.done], [false, false, true]);
  assert.deepEqual(idsOf(await pageAt(third.prevIterator)), idsOf(second));
  const back = await pageAt(second.prevIterator);
  assert.deepEqual(back, { ...first, done: true });
  assert.deepEqual(await pageAt(first.prevIterator), {
    data: [],
    iterator: null,
    prevIterator: null,
    done: true,
  });
  await walked.server.close();
});

test("a page ends before its payloads have more bytes than an answer may, and the next one goes on", async () => {
  const large = await createTestApi();
  await large.ask("POST", "/api/v1/app", { name: "Large", uid: "large" });
  const payload = { a: "x".repeat(900_000) };
  const ids: string[] = [];
  for (let count = 0; count < 6; count += 1) {
    const url = "/api/v1/app/large/msg?with_content=false";
    const answer = await large.ask("POST", url, { ...valid, payload });
    ids.unshift(answer.json<MessageOut>().id);
  }
  const pageOf = async (query: string): Promise<MessageList> =>
    (await large.ask("GET", `/api/v1/app/large/msg?${query}`)).json<MessageList>();
  const first = await pageOf("limit=250");
  const second = await pageOf(`limit=250&iterator=${first.iterator}`);
  assert.deepEqual([first.data.length, first.done], [4, false]);
  assert.deepEqual([second.data.length, second.done], [2, true]);
  assert.deepEqual(
    [...first.data, ...second.data].map(({ id }) => id),
    ids,
  );
  assert.equal((await pageOf("limit=250&with_content=false")).data.length, 6);
  await large.server.close();
});

test("the filters of a listing reach history", async () => {
  const answer = await api.ask(
    "GET",
    "/api/v1/app/orders/msg?channel=blue&tag=user%2F1&event_types=a,b&event_types=c" +
      "&before=2026-11-22T10:00:00Z&after=2026-11-22T09:00:00.123%2B01:00&limit=1000",
  );
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(api.backend.queries.at(-1), {
    limit: limits.pageMax + 1,
    edge: undefined,
    direction: "older",
    sinceMs: Date.UTC(2026, 10, 22, 8, 0, 0, 124),
    untilMs: Date.UTC(2026, 10, 22, 10),
    eventTypes: ["a", "b", "c"],
    channel: "blue",
    tag: "user/1",
    payloadBytesMax: limits.pagePayloadBytesMax,
  });
});

for (const [query, loc] of [
  ["limit=ten", "limit"],
  ["limit=-1", "limit"],
  ["limit=1.5", "limit"],
  ["limit=", "limit"],
  ["limit=1&limit=2", "limit"],
  ["with_content=yes", "with_content"],
  ["iterator=msg_1", "iterator"],
  [`iterator=msg_${"z".repeat(27)}`, "iterator"],
  ["before=yesterday", "before"],
  ["before=2026-13-01T00:00:00Z", "before"],
  ["after=2026-11-22", "after"],
  ["channel=a%20b", "channel"],
  ["event_types=a,a", "event_types"],
  ["event_types=a%20b", "event_types.0"],
] as const) {
  test(`a listing with ${query} is refused, naming the parameter`, async () => {
    const answer = await api.ask("GET", `/api/v1/app/orders/msg?${query}`);
    assert.equal(answer.statusCode, 422);
    const { detail } = answer.json<{ detail: { loc: string[] }[] }>();
    assert.deepEqual(
      detail.map((wrong) => wrong.loc.join(".")),
      [`query.${loc}`],
    );
  });
}

test("a limit of 0 counts as 1", async () => {
  const answer = await api.ask("GET", "/api/v1/app/orders/msg?limit=0");
  assert.equal(answer.json<MessageList>().data.length, 1);
});
