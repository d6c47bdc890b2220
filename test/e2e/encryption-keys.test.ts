/** The operator's encryption keys, through the whole program. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { Svix } from "svix";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { issueToken, type ServerSettings, StartFailure, startServer } from "./server-process.ts";
import { within } from "./within.ts";

const program = join(import.meta.dirname, "../../src/cli/posthorn.ts");
const receiver = new PathReceiver();
let folder: ScratchFolder;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("encryption-keys");
});

after(() => {
  receiver.stop();
  folder.remove();
});

const [a, b] = [1, 2].map((number) => Buffer.alloc(32, number).toString("base64"));

function settingsWith(
  name: string,
  keys: string | undefined,
  onLine?: (line: string) => void,
): ServerSettings {
  return {
    dataFolder: join(folder.path, name),
    listen: "127.0.0.1:0",
    jwtSecret: "a secret for this test",
    retrySchedule: [1],
    attemptTimeoutSeconds: 5,
    ...(keys === undefined ? {} : { others: { POSTHORN_ENCRYPTION_KEYS: keys } }),
    ...(onLine === undefined ? {} : { onLine }),
  };
}

/** Starts, does, and stops in order. */
async function serving(
  settings: ServerSettings,
  work: (svix: Svix) => Promise<void>,
): Promise<void> {
  const server = await startServer(settings);
  try {
    await work(new Svix(await issueToken(settings), { serverUrl: server.address }));
  } finally {
    await server.end("SIGTERM");
  }
}

async function makeEndpoint(svix: Svix, path: string): Promise<void> {
  await svix.application.create({ name: "Shop", uid: "shop" });
  const headers = { Authorization: "Bearer of-the-endpoint" };
  await svix.endpoint.create("shop", { uid: "main", url: receiver.url(path), headers });
}

/** Sends one message: it must come with the endpoint's header and a signature that its secret verifies. */
async function assertDelivers(svix: Svix, path: string): Promise<void> {
  const count = receiver.count(path) + 1;
  await svix.message.create("shop", { eventType: "a", payload: { count } });
  const request = (await receiver.requests(path, count)).at(-1);
  assert(request !== undefined);
  const { key } = await svix.endpoint.getSecret("shop", "main");
  new Webhook(key).verify(request.body, request.headers as Record<string, string>); // no lists among those
  assert.equal(request.headers["authorization"], "Bearer of-the-endpoint");
}

async function assertRefuses(settings: ServerSettings, expected: RegExp): Promise<void> {
  await assert.rejects(startServer(settings), (error) => {
    assert(error instanceof StartFailure);
    assert.equal(error.exit.code, 1);
    assert.match(error.lastWords, expected);
    return true;
  });
}

test("a new first key takes over while the server serves, and a wrong one keeps it from starting", async () => {
  const path = "/taken-over";
  await serving(settingsWith("given", `a:${a}`), (svix) => makeEndpoint(svix, path));
  const only = /^posthorn: .* by the encryption key a, but only b is given: put it back/m;
  await assertRefuses(settingsWith("given", `b:${b}`), only);
  await assertRefuses(settingsWith("given", `a:${b}`), /another key is given as a: put it back/);
  const taken = Promise.withResolvers<void>();
  const onLine = (line: string): void => {
    if (line.includes('"key":"b","msg":"all secrets are sealed by this key now"')) taken.resolve();
  };
  await serving(settingsWith("given", `b:${b},a:${a}`, onLine), async (svix) => {
    await within(taken.promise, 20_000, "the new key to take over");
    await assertDelivers(svix, path);
  });
  await serving(settingsWith("given", `b:${b}`), (svix) => assertDelivers(svix, path));
});

/** The command's exit code and what it has printed, on either stream. */
async function keys(words: string, settings: ServerSettings): Promise<readonly [number, string]> {
  const environment = { POSTHORN_DATA: settings.dataFolder, ...settings.others };
  const { promise, resolve } = Promise.withResolvers<readonly [number, string]>();
  const env = { PATH: process.env["PATH"] ?? "", ...environment };
  execFile(process.execPath, [program, "keys", words], { env }, (error, stdout, stderr) => {
    resolve([error === null ? 0 : Number(error.code), `${stdout}${stderr}`]);
  });
  return promise;
}

test("a kept key is rotated without a server, and keys are told by their ids alone", async () => {
  const path = "/rotated";
  const settings = settingsWith("rotated", undefined);
  await serving(settings, async (svix) => {
    await makeEndpoint(svix, path);
    const [code, text] = await keys("rotate", settings);
    assert.equal(code, 1);
    assert.match(text, /^posthorn: .* in use/);
  });
  const file = join(settings.dataFolder, "encryption-keys");
  const [before, secret] = readFileSync(file, "utf8").trim().split(":");
  const [, status] = await keys("status", settings);
  assert.equal(status, `${before}: seals (data folder), 4 texts\n`);
  const [code, rotated] = await keys("rotate", settings);
  const [after, ...more] = readFileSync(file, "utf8").trim().split(":");
  assert.deepEqual([code, rotated], [0, `everything is sealed by ${after}\n`]);
  assert.notEqual(after, before);
  assert(!more.includes(secret ?? ""));
  await serving(settings, (svix) => assertDelivers(svix, path));
  const foreign = settingsWith("rotated", `a:${a}`);
  renameSync(file, `${file}.away`);
  const [missing, lines] = await keys("status", foreign);
  assert.equal(missing, 1);
  assert.match(
    lines,
    new RegExp(`^a: seals \\(setting\\), 0 texts\\n${after}: missing, \\d texts\\n$`),
  );
});

test("without a setting a key is made and kept, and if it is lost nothing starts or is made anew", async () => {
  const path = "/kept";
  const settings = settingsWith("kept", undefined);
  await serving(settings, async (svix) => {
    await makeEndpoint(svix, path);
    await assertDelivers(svix, path);
  });
  const file = join(settings.dataFolder, "encryption-keys");
  renameSync(file, `${file}.away`);
  const lost = /but none is given: set POSTHORN_ENCRYPTION_KEYS, or put .*encryption-keys back/;
  await assertRefuses(settings, lost);
  await assertRefuses(settings, lost);
  renameSync(`${file}.away`, file);
  await serving(settings, (svix) => assertDelivers(svix, path));
});
