/** The program as operators start it, in processes of its own. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { jwtVerify } from "jose";
import { settingDefinitions } from "../../src/main/setting-definitions.ts";
import { version } from "../../src/main/version.ts";
import { ownChild } from "./own-child.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { issueToken, type ServerSettings, startServer } from "./server-process.ts";

const program = join(import.meta.dirname, "../../src/cli/posthorn.ts");

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, with no more environment than it is given. */
async function posthorn(
  words: readonly string[],
  environment: Record<string, string> = {},
): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  const env = { PATH: process.env["PATH"] ?? "", POSTHORN_DATA: folder.path, ...environment };
  execFile(
    process.execPath,
    [program, ...words],
    { env, timeout: 30_000 },
    (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    },
  );
  return promise;
}

let folder: ScratchFolder;

before(() => {
  folder = makeScratchFolder("command-line");
});

after(() => folder.remove());

function settingsIn(dataFolder: string): ServerSettings {
  return {
    dataFolder,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret for this test",
    retrySchedule: [1],
    attemptTimeoutSeconds: 5,
  };
}

test("--version and --help tell what there is, with every setting", async () => {
  assert.equal((await posthorn(["--version"])).stdout, `${version}\n`);
  const help = await posthorn(["--help"]);
  assert.match(help.stdout, /serve/);
  assert.match(help.stdout, /token/);
  const { stdout } = await posthorn(["serve", "--help"]);
  for (const { flag, environment } of Object.values(settingDefinitions)) {
    assert.ok(stdout.includes(`--${flag} `), flag);
    assert.ok(stdout.replaceAll(/\s+/g, " ").includes(environment), environment);
  }
});

test("unknown and bad settings are all reported, and nothing starts", async () => {
  const { code, stdout, stderr } = await posthorn(
    ["serve", "--colour", "red", "--directors", "none"],
    {
      POSTHORN_LISTEN: "nowhere",
      POSTHORN_NONSENSE: "1",
    },
  );
  assert.equal(code, 2);
  assert.equal(stdout, "");
  const lines = stderr.trim().split("\n");
  assert.ok(lines.every((line) => line.startsWith("posthorn: ")));
  for (const name of ["--colour", "--directors", "POSTHORN_LISTEN", "POSTHORN_NONSENSE"]) {
    assert.ok(
      lines.some((line) => line.includes(name)),
      name,
    );
  }
});

test("a settings file counts after flags and environment, and its faults are told", async () => {
  const path = join(folder.path, "settings.json");
  writeFileSync(path, JSON.stringify({ "jwt-secret": "from the file" }));
  const verifierOf = async (words: readonly string[], environment = {}) => {
    const { stdout } = await posthorn(["token", "--config", path, ...words], environment);
    return (secret: string) => jwtVerify(stdout.trim(), Buffer.from(secret));
  };
  await (
    await verifierOf([])
  )("from the file");
  await (
    await verifierOf([], { POSTHORN_JWT_SECRET: "from outside" })
  )("from outside");
  await (
    await verifierOf(["--jwt-secret", "a flag"], { POSTHORN_JWT_SECRET: "from outside" })
  )("a flag");
  writeFileSync(path, "[1]");
  const broken = await posthorn(["token", "--config", path]);
  assert.equal(broken.code, 2);
  assert.match(broken.stderr, /expected a JSON object .* got an array$/m);
});

test("what may be a secret with a typing error is not repeated", async () => {
  const path = join(folder.path, "hush.json");
  writeFileSync(path, '{"jwt-secret": "hush" "data": 1}');
  const key = "k:aHVzaA==";
  const flags = ["--jwt-secrte=hush", "--encryption-keys", key, "--config", path];
  const { code, stderr } = await posthorn(["serve", ...flags, "hush"]);
  assert.equal(code, 2);
  assert.doesNotMatch(stderr, /hush[^.]|aHVz/);
  for (const told of [
    "posthorn: --jwt-secrte: no such option",
    "posthorn: an argument: no such option",
    `posthorn: ${path}: it is not JSON`,
    "posthorn: --encryption-keys: key k is not base64 of 32 bytes: got 4 bytes",
  ]) {
    assert(stderr.includes(told), stderr);
  }
});

test("token prints a token alone on its line, and it works with the running server", async () => {
  const settings = settingsIn(join(folder.path, "token"));
  const server = await startServer(settings);
  try {
    const token = await issueToken(settings);
    assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    const ask = (bearer: string) =>
      fetch(`${server.address}/api/v1/app`, { headers: { authorization: `Bearer ${bearer}` } });
    assert.equal((await ask(token)).status, 200);
    assert.equal((await ask(`${token}x`)).status, 401);
  } finally {
    await server.end("SIGTERM");
  }
});

test("token prints a token for one application, if told its id", async () => {
  const settings = { POSTHORN_JWT_SECRET: "a secret" };
  const application = `app_${"1".repeat(27)}`;
  const { stdout } = await posthorn(["token", "--application", application], settings);
  const { payload } = await jwtVerify(stdout.trim(), Buffer.from("a secret"));
  assert.equal(payload.sub, application);
  assert.equal(payload["org"], "org_default");
  const wrong = await posthorn(["token", "--application", "orders"], settings);
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.stderr, /Expected an application's id/);
});

test("an algorithm without the key that it needs is told, and no token printed", async () => {
  const { code, stdout, stderr } = await posthorn(["token", "--jwt-algorithm", "EdDSA"]);
  assert.notEqual(code, 0);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^posthorn: --jwt-public-key: it is not set, and EdDSA needs an Ed25519 key/,
  );
});

test("without a secret in the settings, server and token share the one in the data folder", async () => {
  const environment = {
    POSTHORN_DATA: join(folder.path, "no-secret"),
    POSTHORN_LISTEN: "127.0.0.1:0",
  };
  const token = (await posthorn(["token"], environment)).stdout.trim();
  const child = spawn(process.execPath, [program, "serve"], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = ownChild(child);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  while (!output.includes('"listening"')) await once(child.stdout, "data");
  const address = /"address":"([^"]+)"/.exec(output)?.[1] ?? "";
  const answer = await fetch(`${address}/api/v1/app`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(answer.status, 200);
  child.kill("SIGTERM");
  assert.deepEqual(await exited, { code: 0, signal: null });
});

test("a port that is taken is told in one line", async () => {
  const taken = createServer();
  await once(taken.listen(0, "127.0.0.1"), "listening");
  const address = taken.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const { code, stderr } = await posthorn([
    "serve",
    "--log-level",
    "silent",
    "--listen",
    `127.0.0.1:${port}`,
  ]);
  taken.close();
  assert.equal(code, 1);
  assert.match(stderr, /^posthorn: .*127\.0\.0\.1:\d+.*EADDRINUSE.*\n$/);
});

test("a data folder that another process has is told in one line, and that process goes on", async () => {
  const settings = settingsIn(join(folder.path, "locked"));
  const server = await startServer(settings);
  const { code, stderr } = await posthorn(["serve", "--listen", "127.0.0.1:0"], {
    POSTHORN_DATA: settings.dataFolder,
  });
  assert.equal(code, 1);
  assert.match(stderr, /^posthorn: .*locked.*\n$/);
  assert.equal((await fetch(`${server.address}/api/v1/health/ping`)).status, 204);
  assert.deepEqual(await server.end("SIGTERM"), { code: 0, signal: null });
});

test("a data folder that can't be made or written is told in one line", async () => {
  const file = join(folder.path, "a-file");
  writeFileSync(file, "");
  const { code, stderr } = await posthorn(["serve", "--listen", "127.0.0.1:0"], {
    POSTHORN_DATA: join(file, "data"),
  });
  assert.equal(code, 1);
  assert.match(stderr, /^posthorn: .*a-file\/data.*\n$/);
});

test("a SIGTERM that comes while the server starts is obeyed too: it ends in order, with 0", async () => {
  const child = spawn(process.execPath, [program, "serve", "--listen", "127.0.0.1:0"], {
    env: { PATH: process.env["PATH"] ?? "", POSTHORN_DATA: join(folder.path, "early") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = ownChild(child);
  child.stdout.once("data", () => child.kill("SIGTERM")); // the first line is written before all of it is up
  assert.deepEqual(await exited, { code: 0, signal: null });
});
