import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { startMs } from "../../test/api/in-memory-backend.ts";
import { createTestApi, tokenOf } from "../../test/api/test-api.ts";
import type { Outcome, Step } from "../core/delivery.ts";
import { DurationHistogram } from "../core/duration-histogram.ts";
import { applicationKeyOf, messageIdOf, type EndpointId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { ApplicationTallies } from "../director/application-tallies.ts";
import { outcomeWithoutBody } from "../director/attempt-trace.ts";
import { stopApi } from "./api.ts";

interface Told {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const answered = (statusCode: number): Outcome => ({
  kind: "answered",
  statusCode,
  body: new Uint8Array(),
  retryAfterMs: undefined,
  durationMs: 12.4,
});
const delivered: Step = { kind: "settle", settlement: "delivered" };
const retried: Step = { kind: "retry", atMs: startMs + 5_000 };
const at = (ms: number) => new Date(startMs + ms).toISOString();

/** Applications `orders` (key 1) and `bills` (key 2) of `org_1`, `orders` (key 3) of `org_2`, with an endpoint each. */
async function world(t: TestContext) {
  const now = { ms: startMs };
  const { server, backend, token, ...api } = await createTestApi({ nowMs: () => now.ms });
  const ask: typeof api.ask = (...asked) => api.ask(...asked);
  t.after(() => stopApi(server, limits.requestsDrainMs));
  const other = await tokenOf("org_2");
  const applications: string[] = [];
  const endpoints: EndpointId[] = [];
  for (const [uid, owner] of [
    ["orders", token],
    ["bills", token],
    ["orders", other],
  ] as const) {
    const made = await ask("POST", "/api/v1/app", { name: uid, uid }, owner);
    applications.push(made.json<{ id: string }>().id);
    const url = "https://a.example/";
    const body = { url, uid: "till" };
    const endpoint = await ask("POST", `/api/v1/app/${uid}/endpoint`, body, owner);
    endpoints.push(endpoint.json<{ id: EndpointId }>().id);
  }
  const address = await server.listen({ port: 0, host: "127.0.0.1" });
  const messageOf = (row: number) => ({ jobDb: 1, row, nonce: row, atMs: startMs + row });
  const accept = (application: number, eventType: string) => {
    const { activity } = backend;
    const message = {
      application: applicationKeyOf(application),
      eventType,
      eventId: undefined,
      channels: ["north"],
      tags: undefined,
      payload: Buffer.from("{}"),
      retentionDays: 90,
      recipients: [],
    };
    activity.accepted([message], [messageOf(application)]);
  };
  const attempt = (application: number, outcome: Outcome, step: Step, eventType = "order.paid") => {
    const endpoint = endpoints[application - 1];
    assert.ok(endpoint !== undefined);
    backend.activity.attempted([
      {
        messageId: messageIdOf(messageOf(application)),
        application: applicationKeyOf(application),
        eventType,
        endpoint,
        attempt: 1,
        atMs: startMs + 50,
        outcome: outcomeWithoutBody(outcome),
        step,
      },
    ]);
  };
  /** Opens a stream that has begun, and reads its events one by one. */
  const open = async (path: string, bearer = token) => {
    const abort = new AbortController();
    const answer = await fetch(`${address}/api/v1${path}`, {
      headers: { authorization: `Bearer ${bearer}` },
      signal: abort.signal,
    });
    const events = eventsOf(answer);
    if (answer.ok) assert.equal((await events.next()).value?.event, "begun");
    return { answer, events, abort };
  };
  const tick = (ms: number) => {
    now.ms += ms;
    const commits = new DurationHistogram([1]).take();
    backend.traffic.sampled(0, { traffic: new ApplicationTallies().take(), commits, inFlight: 0 });
  };
  const ids = { applications, endpoints, message: messageIdOf(messageOf(1)) };
  return { server, backend, token, ask, accept, attempt, open, tick, ids };
}

async function* eventsOf(answer: Response): AsyncGenerator<Told> {
  assert.ok(answer.body !== null);
  let text = "";
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const [, event = "", data = "{}"] =
        /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (event !== "") yield { event, data: JSON.parse(data) };
    }
  }
}

test("an organisation is told of each message and attempt of its own, and of nobody else's", async (t) => {
  const { accept, attempt, open, ids } = await world(t);
  const { events } = await open("/activity/stream");
  accept(3, "order.paid");
  accept(1, "order.paid");
  attempt(3, answered(200), delivered);
  attempt(2, { kind: "unanswered", reason: "timeout", durationMs: 30_000 }, retried);
  assert.deepEqual((await events.next()).value, {
    event: "message",
    data: {
      appId: ids.applications[0],
      id: ids.message,
      eventType: "order.paid",
      eventId: null,
      channels: ["north"],
      timestamp: at(1),
    },
  });
  const { value } = await events.next();
  assert.equal(value?.event, "attempt");
  assert.partialDeepStrictEqual(value?.data, {
    appId: ids.applications[1],
    endpointId: ids.endpoints[1],
    eventType: "order.paid",
    attempt: 1,
    status: 2,
    statusText: "fail",
    responseStatusCode: 0,
    reason: "timeout",
    responseDurationMs: 30_000,
    settled: null,
    nextAttempt: at(5_000),
    timestamp: at(50),
  });
});

test("an application's token is told of that application, and refused everybody's stream", async (t) => {
  const { accept, attempt, open, ids } = await world(t);
  const own = await tokenOf("org_1", ids.applications[0]);
  assert.equal((await open("/activity/stream", own)).answer.status, 403);
  assert.equal((await open(`/app/${ids.applications[1]}/activity/stream`, own)).answer.status, 404);
  const { events } = await open("/app/orders/activity/stream", own);
  accept(2, "order.paid");
  attempt(2, answered(200), delivered);
  attempt(1, answered(200), delivered);
  assert.partialDeepStrictEqual((await events.next()).value?.data, {
    appId: ids.applications[0],
    responseStatusCode: 200,
    reason: null,
    responseDurationMs: 12,
    settled: "delivered",
    nextAttempt: null,
  });
});

for (const [query, expected] of [
  ["event_types=order.made,order.gone", ["message order.made", "attempt order.gone"]],
  ["status=2", ["attempt order.gone"]],
  ["status=0", ["attempt order.paid"]],
  ["endpoint_id=till", ["attempt order.paid", "attempt order.gone"]],
  ["limit=2", ["message order.paid"]],
] as const) {
  test(`a stream with ${query} is told ${expected.join(", ")}`, async (t) => {
    const { accept, attempt, open } = await world(t);
    const { events } = await open(`/app/orders/activity/stream?${query}`);
    accept(1, "order.paid");
    accept(1, "order.made");
    attempt(1, answered(201), delivered, "order.paid");
    attempt(1, answered(410), { kind: "settle", settlement: "gone" }, "order.gone");
    const told: string[] = [];
    while (told.length < expected.length) {
      const { value } = await events.next();
      told.push(`${value?.event} ${String(value?.data["eventType"])}`);
    }
    assert.deepEqual(told, expected);
  });
}

test("an endpoint that is not there, or another application's, is not found", async (t) => {
  const { open, ids } = await world(t);
  for (const name of ["nobody", ids.endpoints[1]]) {
    const path = `/app/orders/activity/stream?endpoint_id=${name}`;
    assert.equal((await open(path)).answer.status, 404);
  }
});

test("nobody is asked for anything while nobody watches", async (t) => {
  const { backend, open } = await world(t);
  const asked: boolean[] = [];
  const ended = Promise.withResolvers<void>();
  backend.activity.onWatched((isWatched) => {
    asked.push(isWatched);
    if (!isWatched) ended.resolve();
  });
  const first = await open("/activity/stream");
  const second = await open("/app/orders/activity/stream");
  assert.deepEqual(asked, [true]);
  first.abort.abort();
  second.abort.abort();
  await ended.promise;
  assert.deepEqual(asked, [true, false]);
});

test("a reader who stops reading is told in the end how much it has missed, and nobody waits for it", async (t) => {
  const { accept, open } = await world(t);
  const { events } = await open("/activity/stream");
  const turns = 100;
  for (let turn = 0; turn < turns; turn += 1) {
    for (let count = 0; count < limits.activityWaitingMax; count += 1) accept(1, "order.paid");
    await nextTurn();
  }
  accept(1, "order.last");
  let told = 0;
  let dropped = 0;
  for await (const { event, data } of events) {
    if (event === "dropped") dropped += Number(data["count"]);
    else told += 1;
    if (told + dropped > turns * limits.activityWaitingMax) break;
  }
  assert.equal(told + dropped, turns * limits.activityWaitingMax + 1);
  assert.ok(dropped > 0);
});

test("a stream ends with the key that opened it", async (t) => {
  const { ask, open, tick } = await world(t);
  const made = await ask("POST", "/api/v1/auth/key", { name: "CI" });
  const { id, token: key } = made.json<{ id: string; token: string }>();
  const { events } = await open("/activity/stream", key);
  await ask("DELETE", `/api/v1/auth/key/${id}`);
  tick(limits.activityHeartbeatMs);
  assert.equal((await events.next()).done, true);
});

test("streams end when the server stops", async (t) => {
  const { server, open } = await world(t);
  const { events } = await open("/activity/stream");
  const closed = stopApi(server, limits.requestsDrainMs);
  assert.equal((await events.next()).done, true);
  await closed;
});

test("above the most streams the next one is refused until one ends", async (t) => {
  const { open } = await world(t);
  const streams = [await open("/activity/stream")];
  while (streams.length < limits.activityStreamsMax) streams.push(await open("/activity/stream"));
  const { answer } = await open("/app/orders/activity/stream");
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "10");
  streams[0]?.abort.abort();
  while ((await open("/activity/stream")).answer.status !== 200); // until the server has seen that the other one has gone
});
