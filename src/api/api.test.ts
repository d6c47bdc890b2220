import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Svix } from "svix";
import { limits } from "../core/limits.ts";
import { createTestApi, type TestApi } from "../../test/api/test-api.ts";
import { startApi, stopApi } from "./api.ts";

const local = { host: "127.0.0.1", port: 0 };

async function withServer(use: (port: number, api: TestApi) => Promise<void>): Promise<void> {
  const api = await createTestApi();
  const { port } = await startApi(api.server, local);
  try {
    await use(port, api);
  } finally {
    await stopApi(api.server, drainMs);
  }
}

/** Everything that comes until the server closes the connection. */
async function received(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

function head(api: TestApi, more: readonly string[]): string {
  const lines = [
    "POST /api/v1/app/orders/msg HTTP/1.1",
    "Host: localhost",
    `Authorization: Bearer ${api.token}`,
    "Content-Type: application/json",
    ...more,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Longer than any request here takes. */
const drainMs = 20_000;

test("the official client makes, reads and lists everything", () =>
  withServer(async (port, { token, backend }) => {
    const svix = new Svix(token, { serverUrl: `http://127.0.0.1:${port}` });
    await svix.health.get();
    const app = await svix.application.create({ name: "Orders", uid: "orders" });
    assert.ok(app.createdAt instanceof Date);
    assert.deepEqual(await svix.application.getOrCreate({ name: "x", uid: "orders" }), app);
    assert.deepEqual(await svix.application.get("orders"), app);
    assert.deepEqual((await svix.application.list({ limit: 1 })).data, [app]);
    const endpoint = await svix.endpoint.create("orders", {
      url: "https://a.example/",
      eventTypes: ["order.made", "order.paid"],
      secret: `whsec_${Buffer.alloc(24).toString("base64")}`,
    });
    assert.deepEqual(await svix.endpoint.get("orders", endpoint.id), endpoint);
    assert.deepEqual((await svix.endpoint.list("orders")).data, [endpoint]);
    assert.match((await svix.endpoint.getSecret("orders", endpoint.id)).key, /^whsec_/);
    const eventType = await svix.eventType.create({ name: "order.made", description: "Made" });
    assert.deepEqual(await svix.eventType.get("order.made"), eventType);
    assert.deepEqual((await svix.eventType.list()).data, [eventType]);
    const payload = { id: 7, list: ["ä"] };
    const input = { eventType: "order.made", payload, tags: ["t"] };
    const message = await svix.message.create(app.id, input, { withContent: true });
    assert.deepEqual(message.payload, payload);
    assert.deepEqual(backend.accepted[0]?.recipients.length, 1);
    assert.deepEqual(await svix.message.get("orders", message.id, { withContent: true }), message);
    const without = { ...message, payload: {} };
    assert.deepEqual(await svix.message.get("orders", message.id), without);
    const filter = { eventTypes: ["order.made", "b"], before: new Date(), tag: "t" };
    assert.deepEqual((await svix.message.list("orders", filter)).data, [without]);
    const none = { data: [], iterator: null, prevIterator: null, done: true };
    assert.deepEqual(await svix.messageAttempt.listByMsg("orders", message.id), none);
    assert.deepEqual(await svix.messageAttempt.listByEndpoint("orders", endpoint.id), none);
    await assert.rejects(svix.application.get("none"), { code: 404 });
    await assert.rejects(svix.endpoint.create("orders", { url: "http://10.0.0.1" }), (error) => {
      assert.ok(error instanceof Error && "body" in error);
      const { detail } = error.body as { detail: { loc: string[] }[] };
      assert.deepEqual(detail[0]?.loc, ["body", "url"]);
      return true;
    });
  }));

test("a body above the limit is answered while it is still being sent", () =>
  withServer(async (port, { token }) => {
    const endless = Readable.from(repeat(Buffer.alloc(65_536, "x"), 64 * limits.bodyBytesMax));
    const request = httpRequest({
      port,
      path: "/api/v1/app",
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    });
    // The server hangs up on what is still to come.
    request.on("error", () => {});
    endless.pipe(request);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    endless.unpipe(request);
    assert.equal(response.statusCode, 413);
    assert.equal(endless.readableEnded, false);
    response.resume();
    await once(response, "close");
    request.destroy();
  }));

function* repeat(chunk: Buffer, bytes: number): Generator<Buffer> {
  for (let sent = 0; sent < bytes; sent += chunk.length) yield chunk;
}

test("a declared length above the limit is answered before any of the body is sent", () =>
  withServer(async (port, api) => {
    const socket = connect(port, "127.0.0.1");
    socket.write(head(api, [`Content-Length: ${limits.bodyBytesMax + 1}`]));
    assert.match(await received(socket), /^HTTP\/1\.1 413 [\s\S]+body_too_large/);
  }));

for (const [name, request, status, code] of [
  ["no HTTP", "hello\r\n\r\n", 400, "bad_request"],
  [
    "too many headers",
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(limits.requestHeaderBytesMax)}\r\n\r\n`,
    431,
    "headers_too_large",
  ],
] as const) {
  test(`${name} is answered ${status} in Svix's shape`, () =>
    withServer(async (port) => {
      const socket = connect(port, "127.0.0.1");
      socket.write(request);
      const answer = await received(socket);
      assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer);
      const body = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))) as { code: string };
      assert.equal(body.code, code);
    }));
}

test("the time limits of the HTTP server are ours, not Node's minutes", async () => {
  const { server } = await createTestApi();
  assert.equal(server.server.requestTimeout, limits.requestTimeoutMs);
  assert.equal(server.server.headersTimeout, limits.requestHeadersTimeoutMs);
  assert.equal(server.server.keepAliveTimeout, limits.inboundIdleMs);
  assert.equal(server.server.maxConnections, limits.inboundConnectionsMax);
  await server.close();
});

test("a port that is taken is told in one line", () =>
  withServer(async (port) => {
    const second = await createTestApi();
    await assert.rejects(startApi(second.server, { host: "127.0.0.1", port }), {
      code: "listen_failed",
      message: `can't listen on 127.0.0.1:${port} (EADDRINUSE): is it taken, or not an address of this machine?`,
    });
    await stopApi(second.server, drainMs);
  }));

test("stopping answers what is under way, closes idle connections and takes no new ones", async () => {
  const api = await createTestApi();
  await api.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" });
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  api.backend.beforeAccept(() => {
    reached.resolve();
    return gate.promise;
  });
  const { port } = await startApi(api.server, local);
  const idle = connect(port, "127.0.0.1");
  idle.write("GET /api/v1/health HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(idle, "data");
  const busy = connect(port, "127.0.0.1");
  const body = '{"eventType":"a","payload":{}}';
  busy.write(head(api, [`Content-Length: ${body.length}`]) + body);
  const answer = received(busy);
  await reached.promise;

  const stopped = stopApi(api.server, drainMs);
  const stoppedAgain = stopApi(api.server, drainMs);
  await once(idle, "close");
  const late = connect(port, "127.0.0.1");
  const [error] = (await once(late, "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNREFUSED");
  assert.equal(busy.destroyed, false);
  gate.resolve();
  assert.match(await answer, /^HTTP\/1\.1 202 /);
  await Promise.all([stopped, stoppedAgain]);
  await setImmediate();
  assert.equal(api.backend.accepted.length, 1);
});

test("a request that never comes to its end holds up a stop no longer than it is given", async () => {
  const api = await createTestApi();
  const { port } = await startApi(api.server, local);
  const slow = connect(port, "127.0.0.1");
  slow.write("POST /api/v1/app HTTP/1.1\r\nHost: a\r\n");
  const other = connect(port, "127.0.0.1");
  other.write("GET /api/v1/health HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(other, "data"); // by now the server has the other bytes as well
  const closed = once(slow, "close");
  await stopApi(api.server, 20);
  await closed;
});
