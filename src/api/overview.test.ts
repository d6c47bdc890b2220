import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { startMs } from "../../test/api/in-memory-backend.ts";
import { createTestApi, tokenOf } from "../../test/api/test-api.ts";
import { DurationHistogram } from "../core/duration-histogram.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { ApplicationQueues } from "../director/application-queues.ts";
import { ApplicationTallies } from "../director/application-tallies.ts";
import { stopApi } from "./api.ts";

interface Body {
  readonly pending: number;
  readonly worst: readonly { readonly url: string; readonly state: string }[];
  readonly minutes: readonly { readonly messages: number }[];
}

const none = { endpoints: 0, pending: 0, inFlight: 0, oldestAtMs: undefined };
const states = { working: none, failing: none, paused: none, probing: none, held: none };

/** An application of `org_1` (key 1) with endpoints 1 and 2, of which odd ones are paused, and one of `org_2`. */
async function world(t: TestContext) {
  const now = { ms: startMs };
  const { server, backend, token, ...api } = await createTestApi({ nowMs: () => now.ms });
  t.after(() => stopApi(server, limits.requestsDrainMs));
  const ask: typeof api.ask = (...asked) => api.ask(...asked);
  const other = await tokenOf("org_2");
  for (const owner of [undefined, other]) {
    await ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" }, owner);
    for (const path of ["a", "b"]) {
      const url = `https://${path}.example/`;
      await ask("POST", "/api/v1/app/orders/endpoint", { url }, owner);
    }
  }
  const { traffic } = backend;
  const happen = (application: number, messages: number) => {
    const tallies = new ApplicationTallies();
    const tally = tallies.of(applicationKeyOf(application));
    tally.count("messages", messages);
    tally.count("exhausted");
    tally.delivered(40);
    tally.attempted({ kind: "unanswered", reason: "timeout", durationMs: 1 });
    const commits = new DurationHistogram([1]).take();
    traffic.sampled(0, { traffic: tallies.take(), commits, inFlight: 0 });
  };
  const wait = (...queues: readonly (readonly [application: number, endpoint: number])[]) => {
    const byApplication = new ApplicationQueues();
    const longest = queues.map(([application, endpoint]) => ({
      application: applicationKeyOf(application),
      endpoint: endpointKeyOf(endpoint),
      pending: endpoint,
      inFlight: 1,
      state: endpoint % 2 === 1 ? ("paused" as const) : ("working" as const),
    }));
    for (const each of longest) byApplication.add(each);
    traffic.surveyed(0, { states, longest, byApplication: byApplication.packed() });
  };
  return { server, token, ask, other, now, happen, wait };
}

test("an organisation sees its own queues, those that fail first, and what happened by the minute", async (t) => {
  const { ask, happen, wait } = await world(t);
  happen(1, 3);
  happen(2, 500);
  wait([1, 1], [1, 2], [2, 4]);
  const answer = await ask("GET", "/api/v1/overview");
  const at = (ms: number) => new Date(startMs + ms).toISOString();
  const { worst, ...rest } = answer.json<Record<string, unknown>>();
  assert.deepEqual(rest, {
    at: at(0),
    endpoints: 2,
    failing: 1,
    pending: 3,
    inFlight: 2,
    oldest: at(-1_000),
    minutes: [
      {
        at: at(0),
        messages: 3,
        delivered: 1,
        failed: 1,
        givenUp: 1,
        latencyP50Ms: 37.5,
        latencyP99Ms: 49.75,
      },
    ],
  });
  assert.ok(Array.isArray(worst));
  assert.partialDeepStrictEqual(worst, [
    {
      appName: "Orders",
      url: "https://a.example/",
      disabled: false,
      pending: 1,
      inFlight: 1,
      state: "paused",
      failSince: at(-60_000),
      oldest: at(-1_000),
      succeeded: 0,
      failed: 7,
    },
    { url: "https://b.example/", state: "working", failSince: null },
  ]);
  assert.equal(worst.length, 2);
});

test("where nothing has happened there is nothing to see", async (t) => {
  const { ask } = await world(t);
  assert.partialDeepStrictEqual((await ask("GET", "/api/v1/overview")).json(), {
    endpoints: 0,
    pending: 0,
    oldest: null,
    worst: [],
    minutes: [],
  });
});

test("who asks within a second is told the same, and then anew", async (t) => {
  const { ask, happen, now } = await world(t);
  const messages = async () => {
    const { minutes } = (await ask("GET", "/api/v1/overview")).json<Body>();
    return minutes.map((each) => each.messages);
  };
  assert.deepEqual(await messages(), []);
  happen(1, 3);
  now.ms += limits.trafficSampleMs - 1;
  assert.deepEqual(await messages(), []);
  now.ms += 1;
  assert.deepEqual(await messages(), [3]);
});

async function* eventsOf(answer: Response): AsyncGenerator<Body> {
  assert.ok(answer.body !== null);
  let text = "";
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      assert.ok(text.startsWith("data: "));
      yield JSON.parse(text.slice("data: ".length, end));
      text = text.slice(end + 2);
    }
  }
}

test("a stream tells at once, and then whenever there are new counts and a second is over", async (t) => {
  const { server, token, happen, now } = await world(t);
  const address = await server.listen({ port: 0, host: "127.0.0.1" });
  const answer = await fetch(`${address}/api/v1/overview/stream?limit=3`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(answer.headers.get("content-type"), "text/event-stream");
  const events = eventsOf(answer);
  const next = async () => {
    const { value } = await events.next();
    return value?.minutes.map((each: Body["minutes"][number]) => each.messages);
  };
  assert.deepEqual(await next(), []);
  happen(1, 3); // too soon to be told
  now.ms += limits.trafficSampleMs;
  happen(1, 4);
  assert.deepEqual(await next(), [7]);
  now.ms += limits.trafficSampleMs;
  happen(1, 5);
  assert.deepEqual(await next(), [12]);
  assert.equal((await events.next()).done, true);
});

test("a stream ends when the server stops, and after its time", async (t) => {
  const { server, token, happen, now } = await world(t);
  const address = await server.listen({ port: 0, host: "127.0.0.1" });
  const open = async () =>
    eventsOf(
      await fetch(`${address}/api/v1/overview/stream`, {
        headers: { authorization: `Bearer ${token}` },
      }),
    );
  const first = await open();
  await first.next();
  now.ms += limits.overviewStreamMsMax;
  happen(1, 1);
  for await (const _ of first);
  const second = await open();
  await second.next();
  const closed = stopApi(server, limits.requestsDrainMs);
  for await (const _ of second);
  await closed;
});

test("above the most streams the next one is refused until one ends", async (t) => {
  const { server, token } = await world(t);
  const address = await server.listen({ port: 0, host: "127.0.0.1" });
  const streams: { readonly answer: Response; readonly abort: AbortController }[] = [];
  const open = async () => {
    const abort = new AbortController();
    const answer = await fetch(`${address}/api/v1/overview/stream`, {
      headers: { authorization: `Bearer ${token}` },
      signal: abort.signal,
    });
    return { answer, abort };
  };
  for (let count = 0; count < limits.overviewStreamsMax; count += 1) streams.push(await open());
  const { answer } = await open();
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "10");
  await answer.text();
  streams[0]?.abort.abort();
  for (;;) {
    const again = await open();
    if (again.answer.status === 200) break; // the server has seen that the other one has gone
    await again.answer.text();
  }
});
