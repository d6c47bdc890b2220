import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestApi, type TestApi, tokenOf } from "../../test/api/test-api.ts";
import { PosthornError } from "../core/errors.ts";

/** An API whose disk is full or not, with an application `shop` that has an endpoint `hook`. */
async function apiOnDisk(): Promise<{
  readonly api: TestApi;
  readonly fill: (full: boolean) => void;
}> {
  let full = false;
  const assertRoom = (): void => {
    if (full) throw new PosthornError("disk_full", "1 byte free");
  };
  const api = await createTestApi({ disk: { assertRoom } });
  await api.ask("POST", "/api/v1/app", { name: "Shop", uid: "shop" });
  await api.ask("POST", "/api/v1/app/shop/endpoint", { url: "https://a.example/", uid: "hook" });
  return { api, fill: (isFull) => void (full = isFull) };
}

test("on a full disk what adds something is told when to come back, and why", async () => {
  const { api, fill } = await apiOnDisk();
  fill(true);
  const added = [
    await api.ask("POST", "/api/v1/app/shop/msg", { eventType: "a.b", payload: {} }),
    await api.ask("POST", "/api/v1/app/shop/msg/batch", [{ eventType: "a.b", payload: {} }]),
    await api.ask("POST", "/api/v1/app", { name: "Other" }),
    await api.ask("PUT", "/api/v1/app/other", { name: "Other" }),
  ];
  for (const { statusCode, headers, json } of added) {
    assert.equal(statusCode, 503);
    assert.equal(headers["retry-after"], "10");
    assert.match(json().detail, /disk_full/);
  }
  assert.equal(api.backend.accepted.length, 0);
  fill(false);
  const again = await api.ask("POST", "/api/v1/app/shop/msg", { eventType: "a.b", payload: {} });
  assert.equal(again.statusCode, 202);
});

test("on a full disk what is there can be read", async () => {
  const { api, fill } = await apiOnDisk();
  fill(true);
  assert.equal((await api.ask("GET", "/api/v1/app/shop/endpoint/hook")).statusCode, 200);
});

test("on a full disk a token can still be given back, and a request that was answered is answered again", async () => {
  const { api, fill } = await apiOnDisk();
  const { id } = (await api.ask("GET", "/api/v1/app/shop")).json();
  const headers = { authorization: `Bearer ${api.token}`, "idempotency-key": "once" };
  const create = () =>
    api.server.inject({
      method: "POST",
      url: "/api/v1/app/shop/msg",
      headers,
      payload: { eventType: "a.b", payload: {} },
    });
  const first = await create();
  fill(true);
  const second = await create();
  assert.deepEqual([second.statusCode, second.body], [202, first.body]);
  const portal = `Bearer ${await tokenOf("org_1", id)}`;
  const logout = await api.server.inject({
    method: "POST",
    url: "/api/v1/auth/logout",
    headers: { authorization: portal },
  });
  assert.equal(logout.statusCode, 204);
});
