/** `posthorn doctor` beside a running server, without one, and on a folder that is damaged. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { issueToken, type ServerSettings, startServer } from "./server-process.ts";

const root = join(import.meta.dirname, "../..");
let folder: ScratchFolder;

before(() => {
  folder = makeScratchFolder("doctor");
});

after(() => folder.remove());

interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function doctor(data: string, ...words: readonly string[]): Promise<Told> {
  const { promise, resolve } = Promise.withResolvers<Told>();
  const env = { PATH: process.env["PATH"] ?? "", POSTHORN_DATA: data };
  const program = join(root, "src/cli/posthorn.ts");
  execFile(process.execPath, [program, "doctor", ...words], { env }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  return promise;
}

function foundIn({ stdout }: Told, check: string): { verdict: string; found: string } {
  const findings: { check: string; verdict: string; found: string }[] = JSON.parse(stdout);
  const finding = findings.find((each) => each.check === check);
  assert.ok(finding !== undefined, check);
  return finding;
}

test("a doctor finds a sound folder sound, beside its server and without, and names a file that is damaged", async (context) => {
  const settings: ServerSettings = {
    dataFolder: join(folder.path, "data"),
    listen: "127.0.0.1:0",
    jwtSecret: "a secret for this test",
    retrySchedule: [1],
    attemptTimeoutSeconds: 5,
  };
  const server = await startServer(settings);
  context.after(() => server.end("SIGKILL"));
  chmodSync(settings.dataFolder, 0o700);
  const svix = new Svix(await issueToken(settings), { serverUrl: server.address });
  const { id } = await svix.application.create({ name: "one" });
  await svix.message.create(id, { eventType: "a.b", payload: {} });

  const beside = await doctor(settings.dataFolder, "--json");
  assert.equal(beside.code, 0, beside.stdout);
  assert.equal(foundIn(beside, "server").found, "runs");
  assert.match(foundIn(beside, "JobDb 1").found, /^undrained/);
  assert.match(foundIn(beside, "sync").found, /p50 \d+ µs/);
  await svix.message.create(id, { eventType: "a.b", payload: {} });
  assert.deepEqual(await server.end("SIGTERM"), { code: 0, signal: null });

  const without = await doctor(settings.dataFolder);
  assert.equal(without.code, 0, without.stdout);
  assert.match(without.stdout, /^ok {4}server: does not run$/m);
  const jobDbs = join(settings.dataFolder, "jobdb");
  assert.ok(readdirSync(settings.dataFolder).every((name) => !name.startsWith("doctor-")));

  writeFileSync(join(jobDbs, "00000001.db"), "no database ".repeat(1000));
  const damaged = await doctor(settings.dataFolder, "--json");
  assert.equal(damaged.code, 1);
  assert.match(foundIn(damaged, "JobDb 1").found, /not a database/);
});

test("without a data folder a doctor says so in one line", async () => {
  const { code, stderr } = await doctor(join(folder.path, "nowhere"));
  assert.equal(code, 1);
  assert.match(stderr, /^posthorn: .*nowhere can't be examined: .*ENOENT.*\n$/);
});
