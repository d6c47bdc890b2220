import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { LightMyRequestResponse } from "fastify";
import { limits } from "../core/limits.ts";
import { endpointKeyOf, parseMessageId } from "../core/ids.ts";
import { createTestApi } from "../../test/api/test-api.ts";

const api = await createTestApi();
after(() => api.server.close());
await api.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" });
await api.ask("POST", "/api/v1/app/orders/endpoint", { url: "https://all.example/" });
await api.ask("POST", "/api/v1/app/orders/endpoint", {
  url: "https://paid.example/",
  eventTypes: ["invoice.paid"],
});

const url = "/api/v1/app/orders/msg/batch";
const valid = { eventType: "order.made", payload: {} };

interface Result {
  readonly status: string;
  readonly id?: string;
  readonly timestamp?: string;
  readonly detail?: { readonly loc: string[]; readonly msg: string; readonly type: string }[];
}

function askLines(payload: string | Buffer): Promise<LightMyRequestResponse> {
  const headers = {
    authorization: `Bearer ${api.token}`,
    "content-type": "application/x-ndjson",
  };
  return api.server.inject({ method: "POST", url, headers, payload });
}

function resultsOf(answer: LightMyRequestResponse): Result[] {
  assert.equal(answer.statusCode, 202, answer.body);
  return answer.json<{ data: Result[] }>().data;
}

function newlyAccepted(before: number) {
  return api.backend.accepted.slice(before);
}

test("each message of a batch is matched by itself and answered in order with its id", async () => {
  const before = api.backend.accepted.length;
  const results = resultsOf(
    await api.ask("POST", url, [
      { ...valid, eventId: "evt-1", tags: ["a"], channels: ["blue"], payloadRetentionPeriod: 30 },
      { ...valid, eventType: "invoice.paid" },
    ]),
  );
  assert.deepEqual(
    results.map(({ status, id }) => [status, parseMessageId(id ?? "")?.row]),
    [
      ["accepted", before + 1],
      ["accepted", before + 2],
    ],
  );
  assert.match(results[0]?.timestamp ?? "", /^2026-11-22T00:00:00\.\d{3}Z$/);
  const [first, second] = newlyAccepted(before);
  const { payload: _, application: _of, ...rest } = first ?? assert.fail();
  assert.deepEqual(rest, {
    eventType: "order.made",
    eventId: "evt-1",
    channels: ["blue"],
    tags: ["a"],
    retentionDays: 30,
    recipients: [{ endpoint: endpointKeyOf(1), skipped: false }],
  });
  assert.equal(second?.recipients.length, 2);
});

const payloads = [
  '{"n":9007199254740993,"f":1.10,"e":1E400}',
  '{"a":1,"a":2, "x" : "]},{["}',
  String.raw`{"a":"A\/\u00e9","\u0062":"\ud800\\"}`,
  '{"__proto__":{"a":1},"payload":{"payload":[]}}',
  `{"a":${"[".repeat(limits.jsonDepthMax - 2)}${"]".repeat(limits.jsonDepthMax - 2)}}`,
];

for (const [name, send] of Object.entries({
  "a JSON array": (items: readonly string[]) => api.ask("POST", url, ` [ ${items.join(" ,\n")} ] `),
  NDJSON: (items: readonly string[]) => askLines(`\n${items.join("\r\n \n")}\n\n`),
})) {
  test(`payloads in ${name} are passed on byte for byte`, async () => {
    const before = api.backend.accepted.length;
    const items = payloads.map((payload) => `{ "payload":${payload} ,"eventType":"order.made"}`);
    const results = resultsOf(await send(items));
    assert.equal(results.length, payloads.length);
    assert.deepEqual(
      newlyAccepted(before).map(({ payload }) => Buffer.from(payload).toString()),
      payloads,
    );
  });
}

test("what is wrong with a message is told with its place, and the others are accepted", async () => {
  const before = api.backend.accepted.length;
  const results = resultsOf(
    await api.ask("POST", url, [
      valid,
      { payload: [], eventType: "a b" },
      7,
      { eventType: "order.made", payload: { last: true } },
    ]),
  );
  assert.deepEqual(
    results.map(({ status }) => status),
    ["accepted", "rejected", "rejected", "accepted"],
  );
  assert.deepEqual(results[1]?.detail?.map(({ loc, type }) => [loc, type]).toSorted(), [
    [["body", "1", "eventType"], "value_error"],
    [["body", "1", "payload"], "type_error"],
  ]);
  assert.deepEqual(results[2]?.detail, [
    { loc: ["body", "2"], msg: "Expected object, got 7. Correct it.", type: "type_error" },
  ]);
  assert.deepEqual(
    newlyAccepted(before).map(({ payload }) => Buffer.from(payload).toString()),
    ["{}", '{"last":true}'],
  );
});

test("of a message with many wrong fields only the first ones are told, so that no answer grows without bound", async () => {
  const channels = Array.from({ length: 200 }, (_, index) => `not a channel ${index}`);
  const [result] = resultsOf(await api.ask("POST", url, [{ ...valid, channels }]));
  assert.equal(result?.detail?.length, limits.wrongFieldsPerMessageMax);
});

const tooDeep = `{"eventType":"a","payload":{"a":${"[".repeat(64)}${"]".repeat(64)}}}`;

test("a message that is too large is refused alone, and so is a line that is nested too deep", async () => {
  const filler = "x".repeat(limits.bodyBytesMax);
  const large = JSON.stringify({ eventType: "a", payload: { filler } });
  for (const results of [
    resultsOf(await api.ask("POST", url, `[${large},${JSON.stringify(valid)}]`)),
    resultsOf(await askLines(`${large}\n${JSON.stringify(valid)}`)),
  ]) {
    assert.deepEqual(
      results.map(({ status }) => status),
      ["rejected", "accepted"],
    );
    assert.match(results[0]?.detail?.[0]?.msg ?? "", /1048\d{3} bytes, more than 1048576/);
  }
  const results = resultsOf(await askLines(`${tooDeep}\n${JSON.stringify(valid)}`));
  assert.deepEqual(
    results.map(({ status }) => status),
    ["rejected", "accepted"],
  );
  assert.match(results[0]?.detail?.[0]?.msg ?? "", /nested deeper than 64/);
});

test("an array with an element that is nested too deep is refused whole, as it may end anywhere", async () => {
  const before = api.backend.accepted.length;
  const line = JSON.stringify(valid);
  const answer = await api.ask("POST", url, `[${line},${tooDeep},${line}]`);
  assert.equal(answer.statusCode, 400);
  assert.match(answer.json<{ detail: string }>().detail, /nested deeper than 64/);
  assert.equal(api.backend.accepted.length, before);
});

test("a line that is no JSON is refused alone, as the other lines are whole", async () => {
  const line = JSON.stringify(valid);
  const results = resultsOf(await askLines(`${line}\n{"eventType":\n${line}${line}\n${line}`));
  assert.deepEqual(
    results.map(({ status }) => status),
    ["accepted", "rejected", "rejected", "accepted"],
  );
  assert.deepEqual(results[1]?.detail?.[0]?.loc, ["body", "1"]);
});

test("when every message is refused the answer still says why, one by one", async () => {
  const before = api.backend.accepted.length;
  const results = resultsOf(await api.ask("POST", url, [{}, {}]));
  assert.deepEqual(
    results.map(({ status, detail }) => [status, detail?.length]),
    [
      ["rejected", 2],
      ["rejected", 2],
    ],
  );
  assert.equal(api.backend.accepted.length, before);
});

test("an empty batch has no results", async () => {
  assert.deepEqual(resultsOf(await api.ask("POST", url, [])), []);
  assert.deepEqual(resultsOf(await askLines("")), []);
});

test("a batch of as many messages as are allowed is accepted, and one of more is refused whole", async () => {
  const full = Array.from({ length: limits.batchMessagesMax }, () => valid);
  assert.equal(resultsOf(await api.ask("POST", url, full)).length, limits.batchMessagesMax);
  const before = api.backend.accepted.length;
  const lines = [...full, valid].map((message) => JSON.stringify(message)).join("\n");
  for (const answer of [await api.ask("POST", url, [...full, valid]), await askLines(lines)]) {
    assert.equal(answer.statusCode, 422);
    assert.deepEqual(answer.json(), {
      detail: [
        {
          loc: ["body"],
          msg: "Expected at most 1000 messages, got more. Divide the batch.",
          type: "value_error",
        },
      ],
    });
  }
  assert.equal(api.backend.accepted.length, before);
});

test("a body that is no batch is refused whole", async () => {
  const statusOf = async (body: unknown): Promise<number> =>
    (await api.ask("POST", url, body)).statusCode;
  const before = api.backend.accepted.length;
  const good = JSON.stringify(valid);
  assert.equal(await statusOf(valid), 422);
  assert.equal(await statusOf(`[${good},{"eventType":}]`), 400);
  assert.equal(await statusOf(`[${good}`), 400);
  assert.equal(await statusOf(`[${good},]`), 400);
  assert.equal(await statusOf(Buffer.from("[\xff]", "latin1")), 400);
  assert.equal((await askLines(Buffer.from("\xff", "latin1"))).statusCode, 400);
  assert.equal(await statusOf(`[${" ".repeat(limits.batchBodyBytesMax)}]`), 413);
  assert.equal(api.backend.accepted.length, before);
});

test("another content type, and an application that is not there, are refused", async () => {
  const headers = { authorization: `Bearer ${api.token}`, "content-type": "text/plain" };
  const answer = await api.server.inject({ method: "POST", url, headers, payload: "[]" });
  assert.equal(answer.statusCode, 415);
  const elsewhere = await api.ask("POST", "/api/v1/app/none/msg/batch", [valid]);
  assert.equal(elsewhere.statusCode, 404);
});

test("while nothing can be stored a batch is answered 503 with the time to come back", async () => {
  api.backend.failWith("overloaded");
  const answer = await api.ask("POST", url, [valid]);
  api.backend.failWith(undefined);
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.headers["retry-after"], "1");
});
