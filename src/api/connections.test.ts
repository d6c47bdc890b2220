import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { limits } from "../core/limits.ts";
import { rawClient, statusesIn } from "../../test/api/raw-client.ts";
import { createTestApi, type TestApi } from "../../test/api/test-api.ts";
import type { ApiOptions } from "./api.ts";
import { startApi, stopApi } from "./api.ts";

const { answerGraceMs } = limits;
const body = '{"eventType":"a","payload":{}}';
const health = "GET /api/v1/health HTTP/1.1\r\nHost: a\r\n\r\n";
const lastHealth = health.replace("Host: a", "Host: a\r\nConnection: close");

async function started(
  t: TestContext,
  options: Partial<ApiOptions> = {},
): Promise<TestApi & { readonly port: number }> {
  const api = await createTestApi(options);
  await api.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" });
  const { port } = await startApi(api.server, { host: "127.0.0.1", port: 0 });
  t.after(() => stopApi(api.server, 1_000));
  return { ...api, port };
}

function head({ token }: TestApi, length: number): string {
  const lines = [
    "POST /api/v1/app/orders/msg HTTP/1.1",
    "Host: a",
    `Authorization: Bearer ${token}`,
    "Content-Type: application/json",
    `Content-Length: ${length}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function postOf(api: TestApi): string {
  return head(api, body.length) + body;
}

async function ended(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {}); // what came before it is what counts
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

test("what can't be read is told after the answers to the requests before it", async (t) => {
  const api = await started(t);
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  api.backend.beforeAccept(() => {
    reached.resolve();
    return gate.promise;
  });
  const unreadable = once(api.server.server, "clientError");
  const statuses = rawClient(api.port).statuses(`${postOf(api)}${health}hello\r\n\r\n`);
  await Promise.all([reached.promise, unreadable]);
  gate.resolve();
  assert.deepEqual(await statuses, [202, 204, 400]);
});

test("what can't be read within a body is the answer to its request, after those before it", async (t) => {
  const api = await started(t);
  const broken = head(api, 0).replace("Content-Length: 0", "Transfer-Encoding: chunked");
  const statuses = await rawClient(api.port).statuses(
    `${postOf(api)}${broken}nonsense\r\n${health}`,
  );
  assert.deepEqual(statuses, [202, 400]);
  assert.equal(api.backend.accepted.length, 1);
});

test("what can't be read after an answer that was given early adds nothing to it", async (t) => {
  const api = await started(t);
  const socket = connect(api.port, "127.0.0.1");
  const answers = ended(socket);
  socket.write("POST /api/v1/app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  await once(socket, "data");
  socket.write("nonsense\r\n");
  assert.deepEqual(statusesIn(await answers), [401]);
});

for (const [part, bytes] of [
  ["headers", () => "POST /api/v1/app HTTP/1.1\r\nHost: a\r\n"],
  ["body", (api: TestApi) => head(api, body.length) + body.slice(1)],
] as const) {
  test(`a request whose ${part} never end is answered 408 and its connection closed`, async (t) => {
    const api = await started(t);
    api.server.server.headersTimeout = 1;
    api.server.server.requestTimeout = 1;
    assert.deepEqual(await rawClient(api.port).statuses(bytes(api)), [408]);
    assert.equal(api.backend.accepted.length, 0);
  });
}

test("a body that comes too slowly takes nothing from the requests before it", async (t) => {
  const api = await started(t);
  api.server.server.headersTimeout = 1;
  api.server.server.requestTimeout = 1;
  const statuses = await rawClient(api.port).statuses(postOf(api) + head(api, 9));
  assert.deepEqual(statuses, [202, 408]);
});

test("requests on one connection that wait for their answers are bounded", async (t) => {
  const api = await started(t);
  const gate = Promise.withResolvers<void>();
  api.backend.beforeAccept(() => gate.promise);
  const more = 3;
  const requests = postOf(api).repeat(limits.pipelinedRequestsMax) + health.repeat(more);
  const refused = Promise.withResolvers<void>();
  let count = 0;
  api.server.server.on("request", (_request, response) => {
    count += 1;
    if (count === limits.pipelinedRequestsMax + more) response.once("finish", refused.resolve);
    if (count === limits.pipelinedRequestsMax + more) gate.resolve();
  });
  const statuses = await rawClient(api.port).statuses(requests + lastHealth);
  assert.equal(statuses.filter((status) => status === 202).length, limits.pipelinedRequestsMax);
  assert.deepEqual(statuses.slice(limits.pipelinedRequestsMax, -1), Array(more).fill(429));
});

test("a connection's bound is of what waits, not of what it has ever asked", async (t) => {
  const { port } = await started(t);
  const socket = connect(port, "127.0.0.1");
  for (let round = 0; round < 3; round += 1) {
    socket.write(health.repeat(limits.pipelinedRequestsMax / 2));
    let answers = 0;
    while (answers < limits.pipelinedRequestsMax / 2) {
      const [chunk] = (await once(socket, "data")) as [Buffer];
      const statuses = statusesIn(chunk.toString());
      assert.ok(statuses.every((status) => status === 204));
      answers += statuses.length;
    }
  }
  socket.destroy();
});

test("a client's connections are bounded, one that closes makes room, and others have their own", async (t) => {
  const clients = ["a", "a", "a", "b", "a"];
  const { port } = await started(t, {
    connectionRules: { clientOf: () => clients.shift(), perClientMax: 2, answerGraceMs },
  });
  const open = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    socket.write(health);
    await once(socket, "data");
    return socket;
  };
  const [first, second] = [await open(), await open()];
  const answer = await rawClient(port).send("");
  assert.match(answer, /^HTTP\/1\.1 429 [\s\S]+Retry-After: 1\r\n[\s\S]+at most 2 connections/);
  const other = await open();
  first.end();
  await once(first, "close");
  const next = await open();
  for (const socket of [second, other, next]) socket.destroy();
});

test("connections of a trusted proxy are not those of one client", async (t) => {
  const { port } = await started(t, {
    connectionRules: { clientOf: () => undefined, perClientMax: 1, answerGraceMs },
  });
  const sockets = Array.from({ length: 5 }, () => connect(port, "127.0.0.1"));
  for (const socket of sockets) {
    socket.write(health);
    const [chunk] = (await once(socket, "data")) as [Buffer];
    assert.deepEqual(statusesIn(chunk.toString()), [204]);
  }
  for (const socket of sockets) socket.destroy();
});
