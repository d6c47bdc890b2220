/**
 * `npm run fuzz -- --requests N --seed S [--json FILE]`: so many inbound requests, from raw bytes to nearly sound operations,
 * against the real server. None may crash it, hang, or be answered 5xx (but a 503 that says when to come back), and each accepted
 * payload is read back byte for byte. `--only K` sends request K alone, and prints it.
 */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { commitNow } from "../commit-now.ts";
import { makeScratchFolder } from "../e2e/scratch-folder.ts";
import { issueToken, type ServerProcess, startServer } from "../e2e/server-process.ts";
import { runFuzz } from "./fuzz/fuzz-run.ts";
import { fuzzedRequest } from "./fuzz/fuzzed-request.ts";
import { documentedOperations } from "./fuzz/operation-request.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    connections: { type: "string", default: "16" },
    only: { type: "string" },
    json: { type: "string" },
  },
});
process.exitCode = await run();

async function run(): Promise<number> {
  const folder = makeScratchFolder("fuzz");
  const settings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: randomBytes(32).toString("hex"),
    retrySchedule: [],
    attemptTimeoutSeconds: 1,
    // Endpoints that the fuzz makes are called nowhere.
    others: { POSTHORN_DENY_SUBNETS: "0.0.0.0/0,::/0" },
  };
  const token = await issueToken(settings);
  const server = await startServer(settings);
  try {
    return await fuzz(server, token);
  } finally {
    await server.end("SIGTERM");
    folder.remove();
  }
}

async function fuzz(server: ServerProcess, token: string): Promise<number> {
  const { host, port } = new URL(server.address);
  await makeWorld(server.address, token);
  const seed = Number(values.seed);
  const target = { host, token, operations: documentedOperations() };
  const only = values.only === undefined ? undefined : Number(values.only);
  if (only !== undefined) console.log(fuzzedRequest(target, seed, only).bytes.toString("latin1"));
  const [from, until] = only === undefined ? [0, Number(values.requests)] : [only, only + 1];
  const startedAtMs = performance.now();
  const ended = server.exited.then(({ code, signal }) => {
    throw new Error(`the server ended (${code ?? signal}):\n${server.lastWords()}`);
  });
  const totals = await Promise.race([
    runFuzz({
      target,
      port: Number(port),
      seed,
      from,
      until,
      connections: Number(values.connections),
    }),
    ended,
  ]);
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  const result = {
    commit: commitNow(),
    seed,
    seconds,
    serverMebibytes: residentMebibytes(server.pid),
    ...totals,
  };
  console.log(JSON.stringify(result, null, 2));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  return totals.problems.length === 0 && totals.compared + (only ?? 0) > 0 ? 0 : 1;
}

/** What requests name, so that some of them find it. */
async function makeWorld(address: string, token: string): Promise<void> {
  const made = [
    ["app", { name: "Fuzz", uid: "fuzz" }],
    ["app", { name: "Changed", uid: "changed" }],
    ["event-type", { name: "order.paid", description: "" }],
    ["app/changed/endpoint", { uid: "hook", url: "https://hook.example/", disabled: true }],
  ] as const;
  for (const [path, body] of made) {
    const { status } = await fetch(`${address}/api/v1/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (status !== 201) throw new Error(`POST ${path} was answered ${status}`);
  }
}

/** Linux tells it; elsewhere it is not known. */
function residentMebibytes(pid: number): number | null {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Math.round(Number(kibibytes) / 1024);
  } catch {
    return null;
  }
}
