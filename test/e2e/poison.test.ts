/** A message whose handling ends the process: it costs some starts, then it is given up on, and nothing else is lost for it. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { MessageStatus, Svix } from "svix";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  StartFailure,
  startServer,
} from "./server-process.ts";
import { within } from "./within.ts";

const receiver = new PathReceiver();
let folder: ScratchFolder;
before(async () => {
  await receiver.start();
  folder = makeScratchFolder("poison");
});
after(() => {
  receiver.stop();
  folder.remove();
});

const poisonousSender = new URL("poison/poisonous-sender.ts", import.meta.url);

interface Run {
  readonly server: ServerProcess;
  /** The lines of the log about a message that is quarantined; the first one resolves it. */
  readonly quarantined: Promise<{ readonly message: string }>;
}

/** A server that can't bear some messages. Undefined: it was ended by one before it accepted anything. */
async function run(settings: ServerSettings): Promise<Run | undefined> {
  const quarantined = Promise.withResolvers<{ message: string }>();
  const onLine = (line: string): void => {
    if (line.includes("a message is quarantined")) quarantined.resolve(JSON.parse(line));
  };
  const nodeOptions = `--import=${poisonousSender.href}`;
  try {
    const server = await startServer({ ...settings, onLine, nodeOptions });
    return { server, quarantined: quarantined.promise };
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    return undefined;
  }
}

/** Starts the server until it stays. */
async function survive(settings: ServerSettings): Promise<Run & { readonly deaths: number }> {
  for (let deaths = 0; deaths < 20; deaths += 1) {
    const found = await run(settings);
    if (found === undefined) continue;
    const { server, quarantined } = found;
    const ended = await within(
      Promise.race([server.exited, quarantined.then(() => undefined)]),
      60_000,
      "an end, or a message quarantined",
    );
    if (ended === undefined) return { ...found, deaths };
  }
  throw new Error("the server has died too often");
}

interface Poisoned {
  readonly settings: ServerSettings;
  readonly token: string;
  readonly app: string;
  /** The message that is quarantined now. */
  readonly message: string;
}

/** Sends one message among sixty others, and starts the server until that is quarantined. */
async function quarantine(
  context: TestContext,
  poison: string,
  expected: { readonly deaths: number; readonly lastWords: RegExp | undefined },
): Promise<Poisoned> {
  const name = poison.replaceAll(" ", "-");
  const settings: ServerSettings = {
    dataFolder: join(folder.path, name),
    listen: "127.0.0.1:0",
    jwtSecret: "the secret of a poisoned server",
    retrySchedule: [1],
    attemptTimeoutSeconds: 5,
  };
  const first = await run(settings);
  assert.ok(first !== undefined);
  context.after(() => first.server.end("SIGKILL"));
  const token = await issueToken(settings);
  const svix = new Svix(token, { serverUrl: first.server.address, numRetries: 0 });
  const { id: app } = await svix.application.create({ name: "one" });
  await svix.endpoint.create(app, { url: receiver.url(`/${name}`) });
  const payloads = Array.from({ length: 61 }, (_, at) => (at === 30 ? { poison } : { at }));
  const accepted = await fetch(`${first.server.address}/api/v1/app/${app}/msg/batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(payloads.map((payload) => ({ eventType: "a.b", payload }))),
  });
  assert.equal(accepted.status, 202);
  await within(first.server.exited, 60_000, "the first death");
  if (expected.lastWords !== undefined) assert.match(first.server.lastWords(), expected.lastWords);

  const last = await survive(settings);
  context.after(() => last.server.end("SIGKILL"));
  const { message } = await last.quarantined;
  // One or two more if another suspect was still under way beside it.
  assert.ok(1 + last.deaths >= expected.deaths && 1 + last.deaths <= expected.deaths + 2);
  const client = new Svix(token, { serverUrl: last.server.address });
  const { payload } = await client.message.get(app, message, { withContent: true });
  assert.deepEqual(payload, { poison });
  const { data } = await client.messageAttempt.listByMsg(app, message, { withContent: true });
  assert.deepEqual(
    data.map(({ status, responseStatusCode }) => [status, responseStatusCode]),
    [[MessageStatus.Fail, 0]],
  );
  assert.match(data[0]?.response ?? "", /^Not sent: the server has ended again and again/);
  await eventually(
    async () => {
      const requests = await receiver.requests(`/${name}`, 60);
      return new Set(requests.map(({ body }) => body.toString()));
    },
    (arrived) => payloads.every((each) => "poison" in each || arrived.has(JSON.stringify(each))),
  );
  assert.deepEqual(await last.server.end("SIGTERM"), { code: 0, signal: null });
  const left = readdirSync(settings.dataFolder).filter((each) => each.startsWith("flight"));
  assert.deepEqual(left, [], "a stop in order puts the flight record away");
  return { settings, token, app, message };
}

test("a message whose handling throws is quarantined, all others are delivered, and it can be resent", async (context) => {
  const lastWords = /a Director's thread died: Error: poison/;
  const poisoned = await quarantine(context, "throws", { deaths: 4, lastWords });
  const { settings, token, app, message } = poisoned;
  // By a program that can bear it.
  const cured = await startServer(settings);
  context.after(() => cured.end("SIGKILL"));
  const svix = new Svix(token, { serverUrl: cured.address });
  const endpoint = (await svix.endpoint.list(app)).data[0]?.id ?? "";
  await svix.messageAttempt.resend(app, message, endpoint);
  await eventually(
    () => svix.messageAttempt.listByMsg(app, message),
    ({ data }) => data.some(({ status }) => status === MessageStatus.Success),
  );
  assert.deepEqual(await cured.end("SIGTERM"), { code: 0, signal: null });
});

test("a message whose handling never ends is quarantined, and all others are delivered", async (context) => {
  const lastWords = /a Director's thread has not answered for 2 s/;
  await quarantine(context, "hangs", { deaths: 4, lastWords });
});

test("a message whose handling takes all memory is quarantined, and all others are delivered", async (context) => {
  const lastWords = /a Director's thread died: .*memory/;
  await quarantine(context, "takes all memory", { deaths: 4, lastWords });
});

test("a message whose handling kills the process without a word is quarantined, and all others are delivered", async (context) => {
  // The first death leaves nothing, the second and the third what was under way at them.
  await quarantine(context, "kills", { deaths: 6, lastWords: undefined });
});
