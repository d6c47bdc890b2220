/** `posthorn trigger` beside a real server. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const program = join(import.meta.dirname, "../../src/cli/posthorn.ts");
const receiver = new PathReceiver();
let folder: ScratchFolder;
let posthorn: Posthorn;
let token: string;
let svix: Svix;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("trigger");
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [0],
    logLevel: "silent",
  });
  token = await posthorn.token();
  svix = new Svix(token, { serverUrl: posthorn.address });
  await svix.application.create({ name: "Shop", uid: "shop" });
  await svix.endpoint.create("shop", {
    uid: "north",
    url: receiver.url("/north"),
    channels: ["n"],
  });
  const schema = { type: "object", properties: { total: { type: "number", examples: [12] } } };
  await svix.eventType.create({ name: "order.paid", description: "Paid", schemas: { 1: schema } });
});

after(async () => {
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

function trigger(...words: readonly string[]) {
  const env = {
    PATH: process.env["PATH"] ?? "",
    POSTHORN_SERVER: posthorn.address,
    POSTHORN_TOKEN: token,
  };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const argv = [program, "trigger", ...words, "--app", "shop"];
    execFile(process.execPath, argv, { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test("without a payload the event type's example is sent, and its attempts are shown until all is settled", async () => {
  const { code, stdout } = await trigger("order.paid", "--channels", "n,m", "--watch");
  assert.equal(code, 0);
  const [id, attempt = ""] = stdout.split("\n");
  assert.match(attempt, /^\S+Z {2}ep_\w+ {2}200 in \d+ ms {2}success$/);
  const [request] = await receiver.requests("/north", 1);
  assert.equal(request?.headers["webhook-id"], id);
  assert.equal(String(request?.body), '{"total":12}');
});

test("a payload is sent as it was written", async () => {
  const payload = '{ "total":\t9007199254740993 }';
  const { code, stdout } = await trigger("any.type", "--payload", payload, "--channels", "n");
  assert.equal(code, 0);
  assert.match(stdout, /^msg_\w{27}\n$/);
  const requests = await receiver.requests("/north", 2);
  assert.equal(String(requests[1]?.body), payload);
});

test("watching ends with 1 if an endpoint did not get it, after its last attempt", async () => {
  receiver.answer("/north", () => ({ status: 500 }));
  const { code, stdout, stderr } = await trigger(
    "order.paid",
    "--channels",
    "n",
    "--watch",
    "--json",
  );
  assert.equal(code, 1);
  assert.equal(stderr, "posthorn: 1 of 1 endpoints did not get it\n");
  const [made, ...attempts] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>); // the API's
  assert.match(String(made?.["id"]), /^msg_/);
  assert.deepEqual(
    attempts.map(({ responseStatusCode }) => responseStatusCode),
    [500, 500],
  );
});

test("it says when nobody asks for it, and when there is no such event type", async () => {
  const unwanted = await trigger("order.paid", "--channels", "south", "--watch");
  assert.deepEqual([unwanted.code, unwanted.stderr], [0, "posthorn: no endpoint asks for it\n"]);
  const unknown = await trigger("order.lost");
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /an event type/);
});
