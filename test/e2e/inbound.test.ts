/** What the real program believes of a request's headers, and how much one client may open. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type RequestOptions } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { type Posthorn, type PosthornOptions, startPosthorn } from "../../src/main/posthorn.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

async function started(t: TestContext, options: PosthornOptions = {}): Promise<Posthorn> {
  const folder = makeScratchFolder("inbound");
  const posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    logLevel: "silent",
    ...options,
  });
  t.after(async () => {
    await posthorn.stop();
    folder.remove();
  });
  return posthorn;
}

async function ask(
  posthorn: Posthorn,
  path: string,
  {
    headers,
    ...options
  }: Pick<RequestOptions, "method"> & { readonly headers?: Record<string, string> } = {},
  body?: object,
): Promise<{
  readonly status: number | undefined;
  readonly headers: object;
  readonly body: string;
}> {
  const asked = request(`${posthorn.address}${path}`, {
    agent: false,
    ...options,
    headers: {
      authorization: `Bearer ${await posthorn.token()}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
  });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = await once(asked, "response");
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

const forged = {
  host: "evil.example",
  "x-forwarded-host": "evil.example",
  "x-forwarded-proto": "gopher",
  "x-forwarded-for": "203.0.113.9",
  forwarded: "for=203.0.113.9;host=evil.example",
};

async function portalUrlOf(posthorn: Posthorn): Promise<string> {
  const path = "/api/v1/auth/app-portal-access/shop";
  const body = { application: { name: "Shop", uid: "shop" } };
  const answer = await ask(posthorn, path, { method: "POST", headers: forged }, body);
  assert.equal(answer.status, 200, answer.body);
  return (JSON.parse(answer.body) as { readonly url: string }).url;
}

async function clientIn(posthorn: Posthorn): Promise<unknown> {
  const { body } = await ask(posthorn, "/api/v1/audit-log");
  const { data } = JSON.parse(body) as { readonly data: readonly { readonly client: unknown }[] };
  return data[0]?.client;
}

for (const [proxies, client] of [
  ["", "127.0.0.1"],
  ["10.0.0.0/8", "127.0.0.1"],
  ["127.0.0.0/8", "203.0.113.9"],
] as const) {
  test(`with trusted proxies "${proxies}" no link has a forged host, and the audit log has the client ${client}`, async (t) => {
    const posthorn = await started(t, { trustedProxies: proxies });
    const url = await portalUrlOf(posthorn);
    assert.ok(url.startsWith(`${posthorn.address}/portal#key=`), url);
    assert.equal(await clientIn(posthorn), client);
  });
}

test("links begin with the public URL", async (t) => {
  const posthorn = await started(t, { publicUrl: "https://hooks.example.com/posthorn/" });
  const url = await portalUrlOf(posthorn);
  assert.ok(url.startsWith("https://hooks.example.com/posthorn/portal#key="), url);
});

test("a page of a named origin may use the API, and no other", async (t) => {
  const posthorn = await started(t, { corsOrigins: ["https://admin.example"] });
  for (const [origin, status, allowed] of [
    ["https://admin.example", 204, "https://admin.example"],
    ["https://evil.example", 404, undefined],
  ] as const) {
    const headers = { origin, "access-control-request-method": "POST" };
    const answer = await ask(posthorn, "/api/v1/app", { method: "OPTIONS", headers });
    assert.equal(answer.status, status);
    assert.equal(Reflect.get(answer.headers, "access-control-allow-origin"), allowed);
  }
});

test("one client has its connections and no more, and then again", async (t) => {
  const posthorn = await started(t, { clientConnectionsMax: 2 });
  const port = Number(new URL(posthorn.address).port);
  const health = "GET /api/v1/health HTTP/1.1\r\nHost: a\r\n\r\n";
  const sockets = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  for (const socket of sockets) {
    socket.write(health);
    await once(socket, "data");
  }
  assert.equal((await ask(posthorn, "/api/v1/app")).status, 429);
  for (const socket of sockets) {
    socket.destroy();
    await once(socket, "close");
  }
  // The server hears of it in its own time.
  let status: number | undefined;
  do status = (await ask(posthorn, "/api/v1/app")).status;
  while (status === 429);
  assert.equal(status, 200);
});
