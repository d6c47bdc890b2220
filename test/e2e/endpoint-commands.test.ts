/** What a command does with many of an endpoint's messages: counted, asked for on a terminal, begun, waited for. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { type CommandResult, outputOf, runCommand } from "./run-command.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";

const program = join(import.meta.dirname, "../../src/cli/posthorn.ts");
const receiver = new PathReceiver();
const since = ["--since", "2020-01-01T00:00:00Z"];
const of = ["shop", "till"];
let folder: ScratchFolder;
let server: ServerProcess;
let token: string;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("endpoint-commands");
  const settings: ServerSettings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret for this test",
    retrySchedule: [],
    attemptTimeoutSeconds: 5,
  };
  server = await startServer(settings);
  token = await issueToken(settings);
  await ok("app", "create", "--name", "Shop", "--uid", "shop");
  await ok("endpoint", "create", "shop", "--uid", "till", "--url", receiver.url("/till"));
});

after(async () => {
  await server.end("SIGTERM");
  receiver.stop();
  folder.remove();
});

function environment(): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    POSTHORN_SERVER: server.address,
    POSTHORN_TOKEN: token,
  };
}

function run(words: readonly string[]): Promise<CommandResult> {
  return runCommand(words, environment());
}

function ok(...words: readonly string[]): Promise<string> {
  return outputOf(words, environment());
}

async function send(...eventTypes: readonly string[]): Promise<void> {
  for (const eventType of eventTypes)
    await ok("message", "create", "shop", "--event-type", eventType, "--payload", "{}");
}

/** Waits until so many of the endpoint's messages have ended as told. */
async function counted(words: readonly string[], count: number): Promise<void> {
  const dryRun = ["endpoint", "replay", ...of, ...since, "--dry-run", ...words];
  await eventually(
    () => ok(...dryRun),
    (text) => text === String(count),
  );
}

test("a paused endpoint keeps what comes; what waits is counted and given up by a filter; the rest goes out when it is resumed", async () => {
  await ok("endpoint", "pause", ...of, "--reason", "incident");
  assert.match(await ok("endpoint", "queue", ...of), /^pauseReason +incident$/m);
  await send("made", "paid", "made");
  const cancel = ["endpoint", "cancel", ...of];
  assert.equal(await ok(...cancel, "--dry-run"), "3");
  const some = [...cancel, "--event-types", "made,lost"];
  assert.equal(await ok(...some, "--dry-run", "--json"), '{"messages":2}');
  assert.match(await ok(...some, "--wait"), /^qtask_\w+ finished: 2 given up$/);
  assert.equal(await ok(...cancel, "--dry-run"), "1");
  assert.match(await ok("endpoint", "resume", ...of), /^resumed +true$/m);
  await receiver.requests("/till", 1);
  await counted(["--status", "delivered"], 1);
  await counted(["--status", "failed"], 2);
});

test("what has failed, what was delivered and what matches is sent again, each by its command", async () => {
  const recovered = await ok("endpoint", "recover", ...of, ...since, "--wait");
  assert.match(recovered, /^qtask_\w+ finished: 2 sent$/);
  await receiver.requests("/till", 3);
  await counted([], 3);
  const paid = ["--event-types", "paid", "--status", "delivered"];
  const begun = await ok("endpoint", "replay", ...of, ...since, ...paid);
  const id = /^id +(qtask_\w+)$/m.exec(begun)?.[1] ?? assert.fail(begun);
  assert.match(await ok("task", "watch", id), /^qtask_\w+ finished: 1 sent$/);
  await receiver.requests("/till", 4);
  const missing = await ok("endpoint", "replay-missing", ...of, ...since, "--wait");
  assert.match(missing, /finished: 0 sent$/);
});

test("wrong options ask for nothing, and what the server refuses is told", async () => {
  const replay = ["endpoint", "replay", ...of];
  for (const [code, words] of [
    [2, [...replay, ...since, "--status", "pending"]],
    [2, ["endpoint", "replay-missing", ...of, ...since, "--dry-run"]],
    [1, replay],
    [1, ["endpoint", "cancel", ...of, "--since", "yesterday"]],
    [3, ["endpoint", "cancel", "shop", "nobody"]],
  ] as const) {
    assert.equal((await run(words)).code, code, words.join(" "));
  }
});

const noTerminal =
  spawnSync("script", ["--version"]).error === undefined ? false : "script is not installed";

/** At a terminal, where somebody types a line. */
function type(line: string, words: readonly string[]): Promise<CommandResult> {
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const command = [process.execPath, program, ...words].join(" ");
  const child = execFile(
    "script",
    ["--quiet", "--return", "--command", command, "/dev/null"],
    { env: environment() },
    (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
  );
  child.stdout?.on("data", (text: string) => {
    if (text.includes("[y/N]")) child.stdin?.write(`${line}\n`);
  });
  return promise;
}

test(
  "at a terminal it is asked for, with the count, unless told not to",
  { skip: noTerminal },
  async () => {
    await ok("endpoint", "pause", ...of);
    await send("made", "made");
    const cancel = ["endpoint", "cancel", ...of];
    const refused = await type("n", cancel);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /2 messages wait and match: give them up\? \[y\/N\]/);
    assert.match(refused.stdout, /nothing was done/);
    assert.equal(await ok(...cancel, "--dry-run"), "2");
    assert.equal((await type("y", [...cancel, "--wait"])).code, 0);
    assert.equal(await ok(...cancel, "--dry-run"), "0");
    const unasked = await type("", [...cancel, "--yes"]);
    assert.equal(unasked.code, 0);
    assert.doesNotMatch(unasked.stdout, /\[y\/N\]/);
  },
);
