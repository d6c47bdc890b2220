/** A producer's trace goes on in the attempts of its messages, at a collector that speaks OTLP/HTTP, across a restart too. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { after, before, test } from "node:test";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { within } from "./within.ts";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly status: { readonly code?: number };
}

/** What a collector is told, as it comes. */
class Collector {
  readonly spans: Span[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  #onSpan = Promise.withResolvers<void>();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      assert.equal(request.url, "/v1/traces");
      this.headers.push(request.headers);
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString());
      for (const { scopeSpans } of resourceSpans)
        for (const { spans } of scopeSpans) this.spans.push(...spans);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
      this.#onSpan.resolve();
      this.#onSpan = Promise.withResolvers();
    });
  });

  async start(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
  }

  get url(): string {
    const address = this.#server.address();
    assert(typeof address === "object" && address !== null);
    return `http://127.0.0.1:${address.port}/v1/traces`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Those of a trace, when there are so many. */
  async spansOf(traceId: string, count: number): Promise<readonly Span[]> {
    const enough = async (): Promise<readonly Span[]> => {
      for (;;) {
        const found = this.spans.filter((span) => span.traceId === traceId);
        if (found.length >= count) return found;
        await this.#onSpan.promise;
      }
    };
    return within(enough(), 20_000, `${count} spans of ${traceId}`);
  }
}

const spanId = "00f067aa0ba902b7";
const collector = new Collector();
const receiver = new PathReceiver();
let folder: ScratchFolder;
let posthorn: Posthorn;
let token: string;

before(async () => {
  await Promise.all([collector.start(), receiver.start()]);
  folder = makeScratchFolder("traces");
  await start({});
  await post("/api/v1/app", { name: "Shop", uid: "shop" });
  await post("/api/v1/app/shop/endpoint", { url: receiver.url("/hook?key=secret") });
});

after(async () => {
  await posthorn.stop();
  collector.stop();
  receiver.stop();
  folder.remove();
});

async function start(options: object): Promise<void> {
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [1],
    tracesUrl: collector.url,
    tracesHeaders: "x-collector-key=a%20key",
    logLevel: "silent",
    ...options,
  });
  token = await posthorn.token();
}

async function post(path: string, body: unknown, traceparent?: string): Promise<{ id: string }> {
  const answer = await fetch(`${posthorn.address}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    body: JSON.stringify(body),
  });
  assert(answer.ok, `${path}: ${answer.status}`);
  return (await answer.json()) as { id: string };
}

const message = { eventType: "paid", payload: {} };

function traceIdOf(digit: string): string {
  return digit.repeat(32);
}

function attributesOf(span: Span): Record<string, object> {
  return Object.fromEntries(span.attributes.map(({ key, value }) => [key, value]));
}

test("each attempt is a span under the producer's, with what came of it and nothing secret", async () => {
  receiver.answer("/hook?key=secret", (_, count) => ({ status: count === 1 ? 503 : 200 }));
  const traceId = traceIdOf("a");
  const { id } = await post("/api/v1/app/shop/msg", message, `00-${traceId}-${spanId}-01`);
  const spans = await collector.spansOf(traceId, 2);
  assert.deepEqual(
    spans.map((span) => [span.parentSpanId, span.kind, span.status]),
    [
      [spanId, 3, { code: 2 }],
      [spanId, 3, {}],
    ],
  );
  const [failed, delivered] = spans.map(attributesOf);
  assert.deepEqual(failed?.["messaging.message.id"], { stringValue: id });
  assert.deepEqual(failed["http.response.status_code"], { intValue: "503" });
  assert.deepEqual(failed["posthorn.attempt"], { intValue: "1" });
  assert.deepEqual(delivered?.["http.response.status_code"], { intValue: "200" });
  assert.deepEqual(delivered["posthorn.attempt"], { intValue: "2" });
  assert.notEqual(spans[0]?.spanId, spans[1]?.spanId);
  for (const span of spans) {
    assert.match(span.spanId, /^[\da-f]{16}$/);
    assert(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano));
  }
  assert(!JSON.stringify(spans).includes("secret"), "no URL");
  assert.equal(collector.headers[0]?.["x-collector-key"], "a key");
  for (const { headers } of await receiver.requests("/hook?key=secret", 2))
    assert.equal(headers["traceparent"], undefined, "endpoints are told nothing of it by default");
});

test("a batch is of its request's trace, and what is not sampled or not traced makes no spans", async () => {
  const [traced, unsampled] = [traceIdOf("b"), traceIdOf("c")];
  await post("/api/v1/app/shop/msg", message, `00-${unsampled}-${spanId}-00`);
  await post("/api/v1/app/shop/msg", message, "not a traceparent");
  await post("/api/v1/app/shop/msg/batch", [message, message], `00-${traced}-${spanId}-01`);
  const spans = await collector.spansOf(traced, 2);
  assert.equal(new Set(spans.map((span) => JSON.stringify(attributesOf(span)))).size, 2);
  assert.deepEqual([...new Set(collector.spans.map(({ traceId }) => traceId))].sort(), [
    traceIdOf("a"),
    traced,
  ]);
});

test("a trace goes on after a restart, and endpoints are told of it if the operator wants that", async () => {
  const path = "/hook?key=secret";
  const before = receiver.count(path);
  receiver.answer(path, (_, count) => ({ status: count === before + 1 ? 500 : 200 }));
  await posthorn.stop();
  await start({ retrySchedule: [6], traceEndpoints: true });
  const traceId = traceIdOf("d");
  await post("/api/v1/app/shop/msg", message, `00-${traceId}-${spanId}-01`);
  await collector.spansOf(traceId, 1);
  await posthorn.stop();
  const isOne = collector.spans.filter((span) => span.traceId === traceId).length === 1;
  assert(isOne, "the retry was still to come");
  await start({ traceEndpoints: true });
  const spans = await collector.spansOf(traceId, 2);
  const requests = (await receiver.requests(path, before + 2)).slice(before);
  assert.deepEqual(
    requests.map(({ headers }) => headers["traceparent"]),
    spans.map((span) => `00-${traceId}-${span.spanId}-01`),
  );
});
