/** Commands for what an operator sets up once or does seldom, by the real program. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { outputOf, runCommand } from "./run-command.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";

const receiver = new PathReceiver();
let folder: ScratchFolder;
let server: ServerProcess;
let environment: Readonly<Record<string, string>>;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("operator-commands");
  const settings: ServerSettings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret for this test",
    retrySchedule: [],
    attemptTimeoutSeconds: 5,
  };
  server = await startServer(settings);
  environment = { POSTHORN_SERVER: server.address, POSTHORN_TOKEN: await issueToken(settings) };
});

after(async () => {
  await server.end("SIGTERM");
  receiver.stop();
  folder.remove();
});

function ok(...words: readonly string[]): Promise<string> {
  return outputOf(words, environment);
}

async function exitCode(...words: readonly string[]): Promise<number> {
  return (await runCommand(words, environment)).code;
}

test("an operational endpoint is made, told by its secret what happens, and deleted", async () => {
  const url = receiver.url("/operations");
  const types = ["--event-types", "endpoint.created,endpoint.deleted"];
  await ok("operational-endpoint", "create", "--url", url, "--uid", "pager", ...types);
  const list = await ok("operational-endpoint", "list");
  assert.match(
    list,
    /^ep_\w+ +pager +http\S+ +false +\["endpoint\.created","endpoint\.deleted"\]$/m,
  );
  await ok("app", "create", "--name", "Shop", "--uid", "shop");
  await ok("endpoint", "create", "shop", "--uid", "till", "--url", receiver.url("/till"));
  const [request] = await receiver.requests("/operations", 1);
  assert.ok(request !== undefined);
  const secret = /^key +(\S+)$/m.exec(await ok("operational-endpoint", "secret", "pager"))?.[1];
  const told = new Webhook(secret ?? "").verify(request.body.toString(), {
    "webhook-id": String(request.headers["webhook-id"]),
    "webhook-timestamp": String(request.headers["webhook-timestamp"]),
    "webhook-signature": String(request.headers["webhook-signature"]),
  });
  assert.equal((told as { readonly type: string }).type, "endpoint.created"); // its schema
  await eventually(
    () => ok("operational-endpoint", "attempts", "pager"),
    (text) => /^atmpt_\w+ +msg_\w+ +success +200 /m.test(text),
  );
  assert.doesNotMatch(
    await ok("operational-endpoint", "attempts", "pager", "--failed"),
    /^atmpt_/m,
  );

  await ok("operational-endpoint", "rotate-secret", "pager");
  const next = await ok("operational-endpoint", "secret", "pager");
  assert.match(next, /^key +whsec_/);
  assert.ok(!next.includes(secret ?? ""));
  assert.match(await ok("operational-endpoint", "show", "pager"), /^url +http/m);
  await ok("operational-endpoint", "delete", "pager");
  assert.equal(await exitCode("operational-endpoint", "show", "pager"), 3);
});

test("an endpoint's headers are given as a file or by standard input, sent, and shown without credentials", async () => {
  await ok("app", "create", "--name", "Mill", "--uid", "mill");
  await ok("endpoint", "create", "mill", "--uid", "gate", "--url", receiver.url("/gate"));
  const of = ["mill", "gate"];
  const file = join(folder.path, "headers.json");
  writeFileSync(file, '{"x-house":"mill","authorization":"Bearer of somebody"}');
  await ok("endpoint", "set-headers", ...of, "--headers", `@${file}`);
  const shown = await ok("endpoint", "headers", ...of);
  assert.match(shown, /^headers +\{"x-house":"mill"\}$/m);
  assert.match(shown, /^sensitive +\["authorization"\]$/m);
  const patch = ["endpoint", "patch-headers", ...of, "--delete", "authorization"];
  assert.equal(await outputOf([...patch, "--headers", "-"], environment, '{"x-floor":"2"}'), "");
  assert.match(
    await ok("endpoint", "headers", ...of),
    /^headers +\{"x-house":"mill","x-floor":"2"\}$/m,
  );
  await ok("message", "create", "mill", "--event-type", "grain.milled", "--payload", "{}");
  const [request] = await receiver.requests("/gate", 1);
  const sent = ["x-house", "x-floor", "authorization"].map((name) => request?.headers[name]);
  assert.deepEqual(sent, ["mill", "2", undefined]);

  await ok("endpoint", "patch-headers", ...of, "--delete", "x-house,x-floor");
  assert.match(await ok("endpoint", "headers", ...of), /^headers +\{\}$/m);
  const inline = ["endpoint", "set-headers", ...of, "--headers", '{"authorization":"seen by all"}'];
  const { code, stderr } = await runCommand(inline, environment);
  assert.equal(code, 2);
  assert.match(stderr, /other users would see it/);
  assert.match(await ok("endpoint", "headers", ...of), /^sensitive +\[\]$/m);
  const operational = ["operational-endpoint"];
  await ok(...operational, "create", "--url", receiver.url("/operations"), "--uid", "bell");
  await ok(...operational, "set-headers", "bell", "--headers", `@${file}`);
  assert.match(await ok(...operational, "headers", "bell"), /^sensitive +\["authorization"\]$/m);
  await ok(...operational, "delete", "bell");
});

test("an erasure asks for the application twice, takes what it has said, and leaves a receipt", async () => {
  const { id } = JSON.parse(
    await ok("app", "create", "--name", "Quay", "--uid", "quay", "--json"),
  ) as {
    readonly id: string;
  }; // its schema
  const payload = ["--payload", '{"secret":"of the quay"}', "--event-id", "first"];
  await ok("message", "create", "quay", "--event-type", "ship.left", ...payload);
  assert.equal(await exitCode("erasure", "begin", "quay"), 2);
  assert.equal(await exitCode("erasure", "begin", "quay", "--confirm", "key"), 2);
  assert.match(await ok("message", "list", "quay"), / first /);
  assert.equal(
    await ok("erasure", "list"),
    "id  status  application  endpoint  message  createdAt",
  );
  await ok("app", "delete", "quay");
  const begun = await ok("erasure", "begin", id, "--confirm", id, "--wait");
  assert.match(begun, /^status +finished$/m);
  assert.match(begun, /^receipt +\{"jobDbs":\[\{"jobDb":\d+,"messages":1,"attempts":0\}\]/m);
  const [erasure = ""] = /erase_\w+/.exec(begun) ?? [];
  assert.match(await ok("erasure", "show", erasure), /^receiptSha256 +[0-9a-f]{64}$/m);
  assert.match(await ok("erasure", "list"), new RegExp(`^${erasure} +finished +${id} `, "m"));
});
