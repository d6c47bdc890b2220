/** What only the archive has is sent again through the whole program: by the API and by the command, across kills. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
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

const program = join(import.meta.dirname, "../../src/cli/posthorn.ts");
const receiver = new PathReceiver();
const runs = 3;
const perRun = 100;
const since = new Date(Date.now() - 60_000).toISOString();
let folder: ScratchFolder;
let settings: ServerSettings;
let server: ServerProcess;
let token: string;
let sent: ReadonlySet<string>;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("archive-replay");
  settings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [],
    attemptTimeoutSeconds: 5,
  };
  token = await issueToken(settings);
});

after(async () => {
  await server.end("SIGKILL");
  receiver.stop();
  folder.remove();
});

const client = () => new Svix(token, { serverUrl: server.address });

async function ask(method: string, path: string, body?: object) {
  const answer = await fetch(`${server.address}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const told = (await answer.json()) as {
    readonly id: string;
    readonly status: string;
    readonly detail: string;
    readonly data: { readonly messagesSent: number; readonly failure: string | null };
  }; // of these, whatever is looked at
  return { code: answer.status, told };
}

async function idsAt(path: string): Promise<readonly unknown[]> {
  return (await receiver.requests(path, 0)).map(({ headers }) => headers["webhook-id"]);
}

test("messages that fail in several runs go to the archive, and their JobDbs are dropped", async () => {
  receiver.answer("/down", () => ({ status: 500 }));
  const ids = new Set<string>();
  for (let run = 1; run <= runs; run += 1) {
    server = await startServer(settings);
    const svix = client();
    if (run === 1) {
      await svix.application.create({ name: "Shop", uid: "shop" });
      await svix.endpoint.create("shop", { uid: "down", url: receiver.url("/down") });
      await svix.endpoint.create("shop", { uid: "up", url: receiver.url("/up"), channels: ["up"] });
    }
    for (let made = 0; made < perRun; made += 1) {
      const eventType = made % 2 === 0 ? "order.made" : "order.paid";
      ids.add((await svix.message.create("shop", { eventType, payload: { run, made } })).id);
    }
    await receiver.requests("/down", run * perRun);
    await server.end("SIGTERM");
  }
  sent = ids;
  // As much as a new JobDb takes: all that are settled go.
  server = await startServer({ ...settings, others: { POSTHORN_HISTORY_BYTES: "1" } });
  const jobDbs = () =>
    readdirSync(join(folder.path, "jobdb")).filter((name) => /^\d+\.db$/.test(name));
  await eventually(
    async () => jobDbs().length,
    (left) => left === 1,
  );
  assert.ok(existsSync(join(folder.path, "archive/manifests/00000001.history.json")));
  const [first = ""] = ids;
  await assert.rejects(client().message.get("shop", first), { code: 404 });
  await server.end("SIGTERM");
});

test("what has failed is restored and sent once each, across kills at any moment of it", async () => {
  server = await startServer(settings);
  receiver.answer("/down", () => ({ status: 200 }));
  const before = receiver.count("/down");
  const begun = await ask("POST", "app/shop/archive-replay", { since, status: 2 });
  assert.equal(begun.code, 202);
  for (let kill = 1; kill <= runs; kill += 1) {
    await receiver.requests("/down", before + kill * (perRun / 2));
    await server.end("SIGKILL");
    server = await startServer(settings);
  }
  const { told } = await eventually(
    () => ask("GET", `background-task/${begun.told.id}`),
    (answer) => answer.told.status !== "running",
  );
  assert.deepEqual([told.status, told.data.failure], ["finished", null]);
  await eventually(
    () => client().endpoint.getStats("shop", "down"),
    ({ success }) => success === sent.size,
  );
  assert.deepEqual(new Set((await idsAt("/down")).slice(before)), sent);
  assert.equal(receiver.count("/up"), 0);
});

test("the command has the running server do it, waits for its end, and tells what is wrong", async () => {
  const run = (...words: readonly string[]) =>
    promisify(execFile)(process.execPath, [program, "archive", "replay", ...words], {
      env: {
        PATH: process.env["PATH"] ?? "",
        POSTHORN_DATA: folder.path,
        POSTHORN_JWT_SECRET: settings.jwtSecret,
      },
    });
  const at = ["--server", server.address, "--since", since];
  const { stdout } = await run(
    "shop",
    ...at,
    "--event-type",
    "order.paid",
    "--status",
    "delivered",
    "--endpoint",
    "down",
    "--wait",
  );
  assert.match(stdout, /^(qtask_\w{27}) begun\n\1 finished: 150 sent\n$/);
  await assert.rejects(run("shop", ...at, "--status", "lost"), { code: 1 });
  await assert.rejects(run("nobody", ...at), (error: { readonly stderr: string }) => {
    assert.match(
      error.stderr,
      /^posthorn: http:\/\/127\.0\.0\.1:\d+ answered 404: .*an application of yours/,
    );
    return true;
  });
  await server?.end("SIGTERM");
  const elsewhere = ["--server", server.address, "--since", since];
  await assert.rejects(run("shop", ...elsewhere), (error: { readonly stderr: string }) => {
    assert.match(error.stderr, /no answer from http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    return true;
  });
});
