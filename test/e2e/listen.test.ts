/** `posthorn listen` beside a real server and a developer's own: what arrives there, what becomes of its answers, and how it ends. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, afterEach, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { Svix } from "svix";
import { eventually } from "./eventually.ts";
import { type RunningCommand, startCommand } from "./running-command.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";

const payload = '{"big":9007199254740993, "x" : "é"}';
let folder: ScratchFolder;
let settings: ServerSettings;
let server: ServerProcess;
let token: string;
let svix: Svix;
let local: Server;
let localUrl: string;
/** What the developer's server got, and the statuses that it still has to give; 200 after those. */
const requests: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
const statuses: number[] = [];

before(async () => {
  local = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ headers: request.headers, body });
      response.writeHead(statuses.shift() ?? 200).end("from the developer");
    });
  });
  await once(local.listen(0, "127.0.0.1"), "listening");
  localUrl = `http://127.0.0.1:${(local.address() as AddressInfo).port}/hook`; // of a TCP server
  folder = makeScratchFolder("listen");
  settings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [0.05],
    attemptTimeoutSeconds: 5,
  };
  token = await issueToken(settings);
  server = await startServer(settings);
  svix = new Svix(token, { serverUrl: server.address });
  await svix.application.create({ name: "Shop", uid: "shop" });
});
afterEach(() => {
  requests.length = 0;
  statuses.length = 0;
});
after(async () => {
  await server.end("SIGTERM");
  local.close();
  local.closeAllConnections();
  folder.remove();
});

function startListen(...words: readonly string[]): RunningCommand {
  return startCommand(["listen", ...words], { address: server.address, token });
}

/** One that listens already; `secret` is what it has printed. */
async function listening(...words: readonly string[]) {
  const listen = startListen(...words);
  const signed = await listen.nextTold();
  const secret = /^posthorn: signed by (whsec_\S+)$/.exec(signed)?.[1] ?? assert.fail(signed);
  assert.equal(await listen.nextTold(), `posthorn: listening for ${words[0]}`);
  return { ...listen, secret };
}

async function send(eventType = "order.paid"): Promise<string> {
  const answer = await fetch(`${server.address}/api/v1/app/shop/msg`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: `{"eventType":"${eventType}","payload":${payload}}`,
  });
  return ((await answer.json()) as { readonly id: string }).id; // as the API's document says
}

async function attemptsOf(message: string, count: number) {
  const { data } = await eventually(
    () => svix.messageAttempt.listByMsg("shop", message),
    (page) => page.data.length === count,
  );
  return data.map(({ responseStatusCode }) => responseStatusCode);
}

const endpoints = async () => (await svix.endpoint.list("shop")).data;

test("what comes reaches the local server as it is, its answers are the attempts', and Ctrl+C leaves nothing", async () => {
  statuses.push(503);
  const listen = await listening(localUrl);
  const id = await send();
  assert.match(await listen.next(), new RegExp(`^503  order\\.paid  ${id}  \\d+ ms$`));
  assert.match(await listen.next(), new RegExp(`^200  order\\.paid  ${id}  \\d+ ms$`));
  assert.deepEqual(await attemptsOf(id, 2), [200, 503]);
  assert.deepEqual(
    requests.map(({ body }) => body),
    [payload, payload],
  );
  for (const { headers, body } of requests) {
    const signed = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, String(value)]),
    );
    new Webhook(listen.secret).verify(body, signed);
    assert.match(headers["user-agent"] ?? "", /^Posthorn\//);
    assert.equal(headers["content-type"], "application/json");
  }
  const attempts = await svix.messageAttempt.listByMsg("shop", id);
  const whole = await svix.messageAttempt.get("shop", id, attempts.data[0]?.id ?? "");
  assert.equal(whole.response, "from the developer");
  listen.child.kill("SIGINT");
  assert.deepEqual(await listen.exited, { code: 0, signal: null });
  assert.deepEqual(await endpoints(), []);
});

test("event types are asked for, and scripts get an object a line", async () => {
  const listen = await listening(localUrl, "--app", "shop", "--event-type", "a.b,c.d", "--json");
  await send("other");
  const id = await send("c.d");
  const { tookMs, ...rest } = JSON.parse(await listen.next()) as Record<string, unknown>; // as documented
  assert.deepEqual(rest, { status: 200, eventType: "c.d", messageId: id });
  assert.equal(typeof tookMs, "number");
  assert.equal(requests.length, 1);
  listen.child.kill("SIGTERM");
  assert.deepEqual(await listen.exited, { code: 0, signal: null });
});

test("no answer of the local server is 502, with why", async () => {
  const unused = createServer();
  await once(unused.listen(0, "127.0.0.1"), "listening");
  const { port } = unused.address() as AddressInfo; // of a TCP server
  unused.close();
  const listen = await listening(`http://127.0.0.1:${port}/`);
  const id = await send();
  assert.match(await listen.next(), /^502 {2}order\.paid/);
  const [attempt] = (
    await eventually(
      () => svix.messageAttempt.listByMsg("shop", id),
      ({ data }) => data.length > 0,
    )
  ).data;
  const { response } = await svix.messageAttempt.get("shop", id, attempt?.id ?? "");
  assert.equal(response, `posthorn listen: no answer from http://127.0.0.1:${port} (ECONNREFUSED)`);
  listen.child.kill("SIGINT");
  await listen.exited;
});

test("when it is killed its endpoint is left for the server to end, and gets 503 until then", async () => {
  const listen = await listening(localUrl);
  listen.child.kill("SIGKILL");
  await listen.exited;
  const [left] = await endpoints();
  assert.equal(left?.url, "http://inspector.invalid/listener?temporary=true");
  const id = await send();
  const codes = await attemptsOf(id, 2);
  assert.equal(codes[0], 503);
  assert.equal(requests.length, 0);
  await svix.endpoint.delete("shop", left.id);
});

test("when the server is killed and starts again it goes on", async () => {
  const listen = await listening(localUrl);
  const address = new URL(server.address).host;
  await server.end("SIGKILL");
  assert.match(await listen.nextTold(), /Trying again in 1 s$/);
  server = await startServer({ ...settings, listen: address });
  let told = await listen.nextTold();
  while (told.endsWith(" s")) told = await listen.nextTold();
  assert.equal(told, `posthorn: listening for ${localUrl}`);
  const id = await send();
  assert.match(await listen.next(), new RegExp(`^200  order\\.paid  ${id} `));
  listen.child.kill("SIGINT");
  assert.deepEqual(await listen.exited, { code: 0, signal: null });
  assert.deepEqual(await endpoints(), []);
});

test("what it can't do is told, with an exit code", async () => {
  const code = async (...words: readonly string[]): Promise<unknown> =>
    (await startListen(...words).exited).code;
  assert.equal(await code("no url"), 2);
  assert.equal(await code(localUrl, "--app", "none"), 3);
  await svix.application.create({ name: "Other" });
  assert.equal(await code(localUrl), 2);
});
