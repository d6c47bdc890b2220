/** An endpoint is paused by hand while messages come, and the real program is killed meanwhile. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";

const receiver = new PathReceiver();
let folder: ScratchFolder;
let settings: ServerSettings;
let token: string;
let server: ServerProcess;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("hand-pause");
  settings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [0.01],
    attemptTimeoutSeconds: 5,
  };
  token = await issueToken(settings);
  server = await startServer(settings);
});

after(async () => {
  await server.end("SIGTERM");
  receiver.stop();
  folder.remove();
});

async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${server.address}/api/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}

const client = (): Svix => new Svix(token, { serverUrl: server.address });
const queueOf = async (endpoint: string) =>
  (await ask("GET", `app/shop/endpoint/${endpoint}/queue`)).body;

async function makeEndpoints(): Promise<void> {
  await client().application.create({ name: "Shop", uid: "shop" });
  for (const uid of ["paused", "well"]) {
    await client().endpoint.create("shop", { uid, url: receiver.url(`/${uid}`) });
  }
}

async function send(): Promise<string> {
  const { id } = await client().message.create("shop", { eventType: "a.b", payload: {} });
  return id;
}

test("a pause by hand outlives a kill, spends no attempts and ends when it is taken back", async () => {
  await makeEndpoints();
  const paused = await ask("POST", "app/shop/endpoint/paused/pause", { reason: "incident 7" });
  assert.deepEqual(paused, { status: 204, body: undefined });
  const first = await send();
  await receiver.requests("/well", 1);
  await client().messageAttempt.resend("shop", first, "paused");
  const { state, pausedBy, pausedUntil, pauseReason, pending, inFlight } = await queueOf("paused");
  assert.deepEqual([state, pausedBy, pausedUntil], ["paused", "operator", null]);
  assert.deepEqual([pauseReason, pending > 0, inFlight], ["incident 7", true, 0]);
  const probed = await ask("POST", "app/shop/endpoint/paused/probe");
  assert.deepEqual([probed.status, probed.body.code], [409, "conflict"]);
  assert.match(probed.body.detail, /paused by hand.*"incident 7".*Resume it first/);
  // The overview is of the last survey.
  const { worst } = await eventually(
    async () => (await ask("GET", "overview")).body,
    ({ worst: shown }) => shown.length > 0,
  );
  const shown = worst.map((each: Record<string, unknown>) => [each["state"], each["pausedBy"]]);
  assert.deepEqual(shown[0], ["paused", "operator"]);

  await server.end("SIGKILL");
  server = await startServer(settings);
  await send();
  await receiver.requests("/well", 2);
  assert.equal((await queueOf("paused")).pauseReason, "incident 7");
  assert.equal(receiver.count("/paused"), 0);
  assert.equal((await client().messageAttempt.listByMsg("shop", first)).data.length, 1);

  const resumed = await ask("POST", "app/shop/endpoint/paused/resume");
  assert.deepEqual(resumed, { status: 200, body: { resumed: true } });
  await receiver.requests("/paused", 3);
  const { pausedBy: by, state: after } = await queueOf("paused");
  assert.deepEqual([by, after], [null, "working"]);
  const again = await ask("POST", "app/shop/endpoint/paused/resume");
  assert.deepEqual(again, { status: 200, body: { resumed: false } });
  const log = (await ask("GET", "audit-log")).body.data;
  const operations = log.map(({ operation }: { operation: string }) => operation);
  for (const operation of ["v1.endpoint.pause", "v1.endpoint.resume"]) {
    assert.equal(operations.filter((each: string) => each === operation).length, 1, operation);
  }
});

test("a pause by hand ends by itself at its time, and can't end in the past", async () => {
  const until = new Date(Date.now() + 1_000).toISOString();
  const before = receiver.count("/paused");
  assert.equal((await ask("POST", "app/shop/endpoint/paused/pause", { until })).status, 204);
  await send();
  assert.equal((await queueOf("paused")).pausedUntil, until);
  const requests = await receiver.requests("/paused", before + 1);
  assert.equal(requests.length, before + 1);
  assert.ok(Date.now() >= Date.parse(until));
  const past = await ask("POST", "app/shop/endpoint/paused/pause", { until });
  assert.equal(past.status, 422);
  assert.deepEqual(past.body.detail[0].loc, ["body", "until"]);
  assert.equal((await ask("POST", "app/shop/endpoint/paused/pause")).status, 204);
  assert.equal((await queueOf("paused")).pausedBy, "operator");
  const long = { reason: "a".repeat(257) };
  assert.equal((await ask("POST", "app/shop/endpoint/paused/pause", long)).status, 422);
  assert.equal((await ask("POST", "app/shop/endpoint/nobody/pause")).status, 404);
});
