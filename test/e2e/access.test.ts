/** Tokens and keys of the whole program, with the official Svix client; and what survives a restart. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test, type TestContext } from "node:test";
import { SignJWT } from "jose";
import { Svix } from "svix";
import { startPosthorn, type Posthorn, type PosthornOptions } from "../../src/main/posthorn.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

/** Starts the program in a folder that is gone after the test; another call starts it there again. */
function launcher(t: TestContext, options: PosthornOptions = {}): () => Promise<Posthorn> {
  const folder = makeScratchFolder("access");
  const running: Posthorn[] = [];
  t.after(async () => {
    for (const posthorn of running) await posthorn.stop();
    folder.remove();
  });
  return async () => {
    for (const posthorn of running) await posthorn.stop();
    const posthorn = await startPosthorn({
      data: folder.path,
      listen: "127.0.0.1:0",
      logLevel: "silent",
      ...options,
    });
    running.push(posthorn);
    return posthorn;
  };
}

function clientOf(posthorn: Posthorn, token: string): Svix {
  return new Svix(token, { serverUrl: posthorn.address, numRetries: 0 });
}

async function post(
  posthorn: Posthorn,
  path: string,
  body: object,
): Promise<Record<string, string>> {
  const answer = await fetch(`${posthorn.address}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await posthorn.token()}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 201);
  return (await answer.json()) as Record<string, string>; // all of its fields are texts or null
}

test("a portal's token does what its application may, until it is logged out, after a restart too", async (t) => {
  const start = launcher(t);
  const posthorn = await start();
  const svix = clientOf(posthorn, await posthorn.token());
  const other = await svix.application.create({ name: "Other", uid: "other" });
  const { token, url } = await svix.authentication.appPortalAccess("shop", {
    application: { name: "Shop", uid: "shop" },
    expiry: 3600,
  });
  const fragment = new URL(url).hash.slice("#key=".length);
  const application = await svix.application.get("shop");
  const login: unknown = JSON.parse(Buffer.from(fragment, "base64url").toString());
  assert.deepEqual(login, { appId: application.id, token });

  const portal = clientOf(posthorn, token);
  assert.deepEqual(await portal.application.get("shop"), application);
  const endpoint = await portal.endpoint.create("shop", { url: "https://example.com/" });
  assert.deepEqual((await portal.endpoint.list(application.id)).data, [endpoint]);
  assert.deepEqual((await portal.eventType.list()).data, []);
  assert.deepEqual((await portal.message.list("shop")).data, []);
  await assert.rejects(portal.endpoint.list("other"), { code: 404 });
  await assert.rejects(portal.application.get(other.id), { code: 404 });
  await assert.rejects(portal.application.list(), { code: 403 });
  await assert.rejects(portal.message.create("shop", { eventType: "a", payload: {} }), {
    code: 403,
  });
  await assert.rejects(svix.authentication.logout(), { code: 403 });

  const { token: second } = await svix.authentication.appPortalAccess("shop");
  await portal.authentication.logout();
  await assert.rejects(portal.application.get("shop"), { code: 401 });
  await assert.rejects(portal.authentication.logout(), { code: 401 });
  const again = await start();
  await assert.rejects(clientOf(again, token).application.get("shop"), { code: 401 });
  assert.deepEqual(await clientOf(again, second).application.get("shop"), application);
});

test("a token that only reads sees what is there, changes nothing, is told no secret, and can be logged out", async (t) => {
  const posthorn = await launcher(t)();
  const svix = clientOf(posthorn, await posthorn.token());
  await svix.application.create({ name: "Shop", uid: "shop" });
  const { id } = await svix.endpoint.create("shop", { url: "https://example.com/" });
  const { token } = await svix.authentication.appPortalAccess("shop", { readOnly: true });
  const reader = clientOf(posthorn, token);
  assert.equal((await reader.endpoint.get("shop", id)).id, id);
  await assert.rejects(reader.endpoint.patch("shop", id, { disabled: true }), { code: 403 });
  await assert.rejects(reader.endpoint.create("shop", { url: "https://example.com/" }), {
    code: 403,
  });
  await assert.rejects(reader.endpoint.delete("shop", id), { code: 403 });
  await assert.rejects(reader.endpoint.getSecret("shop", id), { code: 403 });
  assert.equal((await svix.endpoint.get("shop", id)).disabled, false);
  await reader.authentication.logout();
  await assert.rejects(reader.endpoint.get("shop", id), { code: 401 });
});

test("an application's token sees the background tasks of its application, and no other's", async (t) => {
  const posthorn = await launcher(t)();
  const svix = clientOf(posthorn, await posthorn.token());
  const statuses: number[] = [];
  const tokens: string[] = [];
  for (const uid of ["shop", "other"]) {
    await svix.application.create({ name: uid, uid });
    tokens.push((await svix.authentication.appPortalAccess(uid)).token);
  }
  const { id } = await svix.endpoint.create("shop", { url: "https://example.com/" });
  const task = await clientOf(posthorn, tokens[0] ?? "").endpoint.recover("shop", id, {
    since: new Date(Date.now() - 60_000),
  });
  for (const token of [...tokens, await posthorn.token("org_2")]) {
    const answer = await fetch(`${posthorn.address}/api/v1/background-task/${task.id}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    statuses.push(answer.status);
  }
  assert.deepEqual(statuses, [200, 404, 404]);
});

test("an API key works as a token does until it is deleted, after a restart too", async (t) => {
  const start = launcher(t);
  let posthorn = await start();
  const made = await post(posthorn, "/api/v1/auth/key", { name: "CI" });
  const { id = "", token: key = "" } = made;
  assert.match(key, /^pk_[0-9A-Za-z]{45}$/);
  const { id: application } = await clientOf(posthorn, key).application.create({ name: "Shop" });
  const scoped = await post(posthorn, "/api/v1/auth/key", { name: "Shop's", application });
  assert.equal(scoped["application"], application);
  await assert.rejects(clientOf(posthorn, scoped["token"] ?? "").application.list(), { code: 403 });

  posthorn = await start();
  const svix = clientOf(posthorn, key);
  assert.equal((await svix.application.get(application)).name, "Shop");
  const authorization = `Bearer ${key}`;
  const list = await fetch(`${posthorn.address}/api/v1/auth/key`, { headers: { authorization } });
  const { data } = (await list.json()) as { data: { name: string; token?: string }[] };
  assert.deepEqual(
    data.map(({ name, token }) => [name, token]),
    [
      ["CI", undefined],
      ["Shop's", undefined],
    ],
  );
  const url = `${posthorn.address}/api/v1/auth/key/${id}`;
  assert.equal((await fetch(url, { method: "DELETE", headers: { authorization } })).status, 204);
  await assert.rejects(svix.application.list(), { code: 401 });
});

test("tokens that somebody else signs are verified with their public key", async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const posthorn = await launcher(t, { jwtAlgorithm: "EdDSA", jwtPublicKey: pem })();
  const theirs = await new SignJWT({ sub: "org_default" })
    .setProtectedHeader({ alg: "EdDSA" })
    .sign(privateKey);
  const { id } = await clientOf(posthorn, theirs).application.create({ name: "Shop" });
  const own = clientOf(posthorn, await posthorn.token());
  assert.equal((await own.application.get(id)).name, "Shop");
});

test("an algorithm without its key does not start", async (t) => {
  await assert.rejects(launcher(t, { jwtAlgorithm: "RS256" })(), {
    code: "config_invalid",
    message: "--jwt-public-key: it is not set, and RS256 needs an RSA key of at least 2048 bits",
  });
});
