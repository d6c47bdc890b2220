/** The commands that ask a server, as scripts use them: output and exit codes of the real program. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { outputOf, runCommand } from "./run-command.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";

let folder: ScratchFolder;
let server: ServerProcess;
let token: string;

before(async () => {
  folder = makeScratchFolder("client-commands");
  const settings: ServerSettings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret for this test",
    retrySchedule: [1],
    attemptTimeoutSeconds: 5,
  };
  server = await startServer(settings);
  token = await issueToken(settings);
});

after(async () => {
  await server.end("SIGTERM");
  folder.remove();
});

function run(words: readonly string[], environment: Record<string, string> = {}) {
  const own = { POSTHORN_SERVER: server.address, POSTHORN_TOKEN: token };
  return runCommand(words, { ...own, ...environment });
}

test("an application, its endpoint and a message are made and found again", async () => {
  assert.equal((await run(["app", "create", "--name", "a\u001Bb", "--uid", "shop"])).code, 0);
  const { stdout } = await run(["app", "list"]);
  assert.match(stdout, /^id +uid +name +createdAt\napp_\w+ +shop +a\uFFFDb +\d/);
  const url = "http://127.0.0.1:8080/hook";
  const made = await run(["endpoint", "create", "shop", "--url", url, "--uid", "till", "--json"]);
  assert.equal(made.code, 0, made.stderr);
  assert.equal((JSON.parse(made.stdout) as { url: string }).url, url);
  assert.equal((await run(["endpoint", "disable", "shop", "till"])).code, 0);
  assert.match((await run(["endpoint", "show", "shop", "till"])).stdout, /^disabled +true$/m);
  const payload = '{"n":9007199254740993}';
  const words = ["--event-type", "order.paid", "--event-id", "e1", "--payload", payload];
  assert.equal((await run(["message", "create", "shop", ...words])).code, 0);
  const list = await run(["message", "list", "shop"]);
  assert.match(list.stdout, /msg_\w+ +order\.paid +e1 /);
  const id = /msg_\w+/.exec(list.stdout)?.[0] ?? "";
  const answer = await fetch(`${server.address}/api/v1/app/shop/msg/${id}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.ok((await answer.text()).includes(payload));
});

test("what the dashboard keeps is kept from here as well: keys, event types, limits, links, the audit log", async () => {
  const own = { POSTHORN_SERVER: server.address, POSTHORN_TOKEN: token };
  const ok = (...words: readonly string[]) => outputOf(words, own);
  await ok("app", "create", "--name", "Mill", "--uid", "mill");
  const limits = ["--throttle-rate", "7", "--metadata", '{"tier":"gold"}'];
  const limited = await ok("app", "update", "mill", ...limits);
  assert.match(limited, /^throttleRate +7$/m);
  assert.match(limited, /^metadata +\{"tier":"gold"\}$/m);
  assert.match(await ok("app", "update", "mill", "--throttle-rate", "none"), /^throttleRate +-$/m);

  const made = JSON.parse(await ok("api-key", "create", "--name", "CI", "--json")) as {
    readonly id: string;
    readonly token: string;
  }; // its schema
  assert.equal((await run(["app", "list"], { POSTHORN_TOKEN: made.token })).code, 0);
  assert.match(await ok("api-key", "list"), new RegExp(`^${made.id} +CI +- `, "m"));
  await ok("api-key", "delete", made.id);
  assert.equal((await run(["app", "list"], { POSTHORN_TOKEN: made.token })).code, 4);

  const schemas = join(folder.path, "schemas.json");
  writeFileSync(schemas, '{"1":{"type":"object","properties":{"total":{"type":"number"}}}}');
  const described = ["--description", "A bill was paid", "--schemas", `@${schemas}`];
  await ok("event-type", "create", "--name", "bill.paid", ...described);
  assert.match(await ok("event-type", "show", "bill.paid"), /"total"/);
  await ok("event-type", "archive", "bill.paid");
  assert.doesNotMatch(await ok("event-type", "list"), /bill\.paid/);
  assert.match(await ok("event-type", "list", "--archived"), /^bill\.paid .* true$/m);
  await ok("event-type", "unarchive", "bill.paid");
  assert.match(await ok("event-type", "list"), /^bill\.paid .* false$/m);
  await ok("event-type", "delete", "bill.paid");
  assert.equal((await run(["event-type", "show", "bill.paid"])).code, 3);

  const link = await ok("app", "portal-link", "mill", "--read-only", "--expires-in-hours", "2");
  const bearer = /^token +(\S+)$/m.exec(link)?.[1] ?? "";
  const claims = JSON.parse(atob(bearer.split(".")[1] ?? "")) as Record<string, number>; // a JWT's
  assert.equal(claims["ro"], true);
  assert.equal((claims["exp"] ?? 0) - (claims["iat"] ?? 0), 7_200);

  const log = await ok("audit", "list", "--operation", "v1.api-key.delete");
  assert.match(log, new RegExp(` v1\\.api-key\\.delete +done .*${made.id}`));
  assert.equal(log.split("\n").length, 2);
});

test("exit codes tell why a command failed", async () => {
  const codes = [
    [2, ["app", "show"], {}],
    [2, ["app", "list", "--colour"], {}],
    [2, ["message", "create", "shop", "--event-type", "a", "--payload", "{"], {}],
    [2, ["message", "create", "shop", "--event-type", "a", "--payload", "@nowhere"], {}],
    [2, ["app", "update", "shop", "--throttle-rate", "much"], {}],
    [2, ["app", "list"], { POSTHORN_SERVER: "nowhere" }],
    [3, ["app", "show", "nobody"], {}],
    [4, ["app", "list"], { POSTHORN_TOKEN: "wrong" }],
    [5, ["app", "list"], { POSTHORN_SERVER: "http://127.0.0.1:1" }],
    [1, ["app", "list", "--limit", "many"], {}],
  ] as const;
  for (const [code, words, environment] of codes) {
    const result = await run(words, environment);
    assert.equal(result.code, code, `${words.join(" ")}: ${result.stderr}`);
    assert.equal(result.stdout, "");
  }
});

test("the token of this machine's server goes to this machine alone", async () => {
  const local = { POSTHORN_DATA: folder.path, POSTHORN_JWT_SECRET: "a secret for this test" };
  const runLocal = async (address: string) =>
    (await runCommand(["app", "list", "--server", address], local)).code;
  assert.equal(await runLocal(server.address), 0);
  assert.equal(await runLocal("http://posthorn.example"), 2);
});
