/** Whatever a customer or a producer puts into a text that goes into a request's head, one request is on the wire. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { answerWith, type RawReceiver, startRawReceiver } from "../loopback/raw-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

/** What ends a line, a header, a head or a text for somebody. */
const breaks = [
  "\r\nx-injected: 1",
  "\nx-injected: 1",
  "\rx-injected: 1",
  "\r\n\r\nPOST /injected HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
  "\r\n x-folded: 1",
  "\r\n\tx-folded: 1",
  "\0x-injected: 1",
  "\u000bx-injected: 1",
  "\u000cx-injected: 1",
  "\u0085x-injected: 1",
  "\u2028x-injected: 1",
  "\u010d\u010ax-injected: 1", // CR and LF in their low bytes, as latin1 would cut them
  "\u560d\u560ax-injected: 1",
  "\ud800",
  "\u00e9",
  "\u007f",
  "%0d%0ax-injected: 1",
  "\\r\\nx-injected: 1",
];

let folder: ScratchFolder;
let receiver: RawReceiver;
let posthorn: Posthorn;
let onRequest = Promise.withResolvers<void>();

before(async () => {
  folder = makeScratchFolder("header-injection");
  receiver = await startRawReceiver((socket, request) => {
    answerWith("200 OK")(socket, request);
    onRequest.resolve();
  });
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: "127.0.0.0/8",
    logLevel: "silent",
  });
  await post("/app", { name: "a", uid: "app" });
});

after(async () => {
  await posthorn.stop();
  await receiver.close();
  folder.remove();
});

async function ask(method: string, path: string, body?: object): Promise<Response> {
  return await fetch(`${posthorn.address}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await posthorn.token()}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function post(path: string, body: object): Promise<{ status: number; id: string }> {
  const response = await ask("POST", path, body);
  const { id = "" } = (await response.json()) as { readonly id?: string }; // of whatever was made
  return { status: response.status, id };
}

/** A new endpoint with these fields, or undefined if they are refused. */
async function createEndpoint(fields: object): Promise<string | undefined> {
  const url = `http://127.0.0.1:${receiver.port}/hook`;
  const { status, id } = await post("/app/app/endpoint", { url, ...fields });
  assert(status === 201 || status === 422, `${status}`);
  return status === 201 ? id : undefined;
}

/** The heads of all that comes of one message, with nothing of it that is ours. */
async function headsOf(message: object): Promise<readonly string[] | undefined> {
  const before = receiver.requests.length;
  onRequest = Promise.withResolvers();
  const { status } = await post("/app/app/msg", { eventType: "a", payload: {}, ...message });
  assert(status === 202 || status === 422, `${status}`);
  if (status === 422) return undefined;
  await onRequest.promise;
  const requests = receiver.requests.slice(before);
  return requests.map(({ requestLine, headers }) => [requestLine, ...headers.keys()].join(" "));
}

const ours =
  "host connection content-type user-agent webhook-id webhook-timestamp webhook-signature content-length";

/** Either it is refused, or exactly one request with exactly our headers and those that were asked for is sent. */
async function assertOneRequest(endpoint: object, message: object, own = ""): Promise<void> {
  const id = await createEndpoint(endpoint);
  if (id === undefined) return;
  const heads = await headsOf(message);
  if (heads !== undefined) {
    const [head = "", ...more] = heads;
    assert.deepEqual(more, []);
    const [method, path, version, ...names] = head.split(" ");
    assert.deepEqual([method, path?.startsWith("/hook"), version], ["POST", true, "HTTP/1.1"]);
    assert.deepEqual(names.toSorted(), `${ours} ${own}`.trim().split(" ").toSorted());
  }
  assert.equal((await ask("DELETE", `/app/app/endpoint/${id}`)).status, 204);
}

test("what is plain goes through with its header", async () => {
  await assertOneRequest({ headers: { "x-own": "plain" } }, {}, "x-own");
});

for (const text of breaks) {
  const value = `a${text}`;
  test(`one request, whatever holds ${JSON.stringify(text)}`, async () => {
    await assertOneRequest({ headers: { "x-own": value } }, {}, "x-own");
    await assertOneRequest({ headers: { [value]: "plain" } }, {}, value.toLowerCase());
    await assertOneRequest({ url: `http://127.0.0.1:${receiver.port}/hook${text}` }, {});
    await assertOneRequest(
      { basicAuth: { username: value, password: value } },
      {},
      "authorization",
    );
    const userInfo = `${encodeURIComponent(value.toWellFormed())}:b@`;
    const url = `http://${userInfo}127.0.0.1:${receiver.port}/hook`;
    await assertOneRequest({ url }, {}, "authorization");
    await assertOneRequest({ uid: value, description: value, metadata: { [value]: value } }, {});
    for (const message of [
      { eventType: value },
      { eventId: value },
      { channels: [value] },
      { tags: [value] },
      { payload: { [value]: value } },
    ]) {
      await assertOneRequest({}, message);
    }
    assert.equal(
      receiver.requests.filter((each) => each.requestLine.includes("injected HTTP")).length,
      0,
    );
  });
}
