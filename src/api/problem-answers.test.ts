import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ErrorCode } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { createTestApi } from "../../test/api/test-api.ts";

const api = await createTestApi();
after(() => api.server.close());
await api.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" });
const message = { eventType: "order.made", payload: {} };

for (const [name, body] of [
  ["an empty text", ""],
  ["half a JSON text", '{"eventType":"a"'],
  ["JSON and more", "{}{}"],
  ["a byte order mark", "\uFEFF{}"],
  ["a trailing comma", '{"a":1,}'],
  ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ["an encoded surrogate", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ["5,000 nested arrays", `{"payload":${"[".repeat(5_000)}${"]".repeat(5_000)},"eventType":"a"}`],
  ["one level too many", "[".repeat(limits.jsonDepthMax + 1)],
] as const) {
  test(`a body that is ${name} is answered 400`, async () => {
    for (const url of ["/api/v1/app/orders/msg", "/api/v1/app"]) {
      const answer = await api.ask("POST", url, body);
      assert.equal(answer.statusCode, 400);
      const problem = answer.json<{ code: string; detail: string }>();
      assert.equal(problem.code, "invalid_json");
      assert.match(problem.detail, /^Expected a JSON text, got .+\. Correct the body\.$/s);
    }
  });
}

test("a body of exactly the limit is taken, and one byte more is answered 413", async () => {
  const head = '{"eventType":"a","payload":{"a":"';
  const fill = (bytes: number): string => `${head}${"x".repeat(bytes - head.length - 3)}"}}`;
  const url = "/api/v1/app/orders/msg?with_content=false";
  assert.equal((await api.ask("POST", url, fill(limits.bodyBytesMax))).statusCode, 202);
  const answer = await api.ask("POST", url, fill(limits.bodyBytesMax + 1));
  assert.equal(answer.statusCode, 413);
  assert.deepEqual(answer.json(), {
    code: "body_too_large",
    detail: "Expected a body of at most 1048576 bytes (2097152 for a batch), got more. Send less.",
  });
});

for (const [type, status] of [
  ["application/json; charset=utf-8", 202],
  ["Application/JSON", 202],
  ['application/json; charset="UTF-8"', 202],
  ["application/json; charset=latin1", 415],
  ["application/json; charset=utf-16", 415],
  ["application/json x", 415],
  ["application/json, text/plain", 415],
  ["application/vnd.posthorn+json", 415],
  ["multipart/form-data; boundary=x", 415],
  ["text/plain", 415],
  ["application/x-www-form-urlencoded", 415],
  ["application/jsonp", 415],
  [undefined, 415],
] as const) {
  test(`a body of type ${type} is answered ${status}`, async () => {
    const answer = await api.server.inject({
      method: "POST",
      url: "/api/v1/app/orders/msg",
      headers: {
        authorization: `Bearer ${api.token}`,
        ...(type === undefined ? {} : { "content-type": type }),
      },
      payload: Buffer.from(JSON.stringify(message)),
    });
    assert.equal(answer.statusCode, status);
    if (status === 415) {
      assert.equal(answer.json<{ code: string }>().code, "unsupported_media_type");
    }
  });
}

test("a compressed body is answered 415", async () => {
  const answer = await api.server.inject({
    method: "POST",
    url: "/api/v1/app/orders/msg",
    headers: {
      authorization: `Bearer ${api.token}`,
      "content-type": "application/json",
      "content-encoding": "gzip",
    },
    payload: gzipSync(JSON.stringify(message)),
  });
  assert.equal(answer.statusCode, 415);
});

for (const [code, status, retryAfter] of [
  ["overloaded", 503, "1"],
  ["shutting_down", 503, "5"],
  ["jobdb_failed", 503, "10"],
  ["jobdb_stale_owner", 503, "10"],
  ["thread_died", 503, "10"],
  ["control_unavailable", 503, "5"],
  ["conflict", 409, undefined],
  ["jobdb_dropped", 404, undefined],
  ["data_newer", 500, undefined],
] as const satisfies readonly (readonly [ErrorCode, number, string | undefined])[]) {
  test(`${code} is answered ${status}`, async () => {
    const failing = await createTestApi();
    await failing.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" });
    failing.backend.failWith(code);
    for (const [url, body] of [
      ["/api/v1/app/orders/msg", message],
      ["/api/v1/app", { name: "x" }],
    ] as const) {
      const answer = await failing.ask("POST", url, body);
      assert.equal(answer.statusCode, status);
      assert.equal(answer.headers["retry-after"], retryAfter);
      const problem = answer.json<{ code: string; detail: string }>();
      // What the stores say is for the log, except about what the caller can mend.
      assert.equal(problem.detail.includes("the fake's"), code === "conflict");
    }
    const ping = await failing.ask("GET", "/api/v1/health/ping");
    assert.equal(ping.statusCode, 503);
    assert.equal(ping.headers["retry-after"], "5");
    assert.equal((await failing.ask("GET", "/api/v1/health")).statusCode, 204);
    await failing.server.close();
  });
}

test("an error that nobody expected is answered 500 without its words, and logged with them", async () => {
  const broken = await createTestApi();
  broken.backend.beforeAccept(async () => {
    throw new TypeError("secret internals");
  });
  await broken.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" });
  const answer = await broken.ask("POST", "/api/v1/app/orders/msg", message);
  assert.equal(answer.statusCode, 500);
  assert.equal(answer.json<{ code: string }>().code, "server_error");
  assert.ok(!answer.body.includes("secret internals"));
  assert.equal(broken.log.length, 1);
  assert.match(broken.log[0] ?? "", /secret internals/);
  await broken.server.close();
});

test("requests are not logged", () => {
  assert.deepEqual(api.log, []);
});

for (const [method, url] of [
  ["GET", "/nothing"],
  ["GET", "/api/v1/nothing"],
  ["POST", "/api/v1/app/orders"],
  ["GET", "/api/v1/APP"],
] as const) {
  test(`${method} ${url.slice(0, 30)} is answered 404`, async () => {
    const answer = await api.ask(method, url, method === "POST" ? {} : undefined);
    assert.equal(answer.statusCode, 404);
    assert.equal(answer.json<{ code: string }>().code, "not_found");
  });
}

test("a path that can't be decoded is answered 400", async () => {
  const answer = await api.ask("GET", "/api/v1/app/%zz");
  assert.equal(answer.statusCode, 400);
  assert.equal(answer.json<{ code: string }>().code, "bad_request");
});

for (const id of ["a%20b", "a".repeat(257), "a".repeat(2_000)])
  test(`the id ${id.slice(0, 20)} of ${id.length} characters is answered 422`, async () => {
    const answer = await api.ask("GET", `/api/v1/app/${id}`);
    assert.equal(answer.statusCode, 422);
    assert.deepEqual(answer.json<{ detail: { loc: string[] }[] }>().detail[0]?.loc, [
      "path",
      "app_id",
    ]);
  });

test("a path may end in a slash", async () => {
  assert.equal((await api.ask("GET", "/api/v1/app/")).statusCode, 200);
  assert.equal((await api.ask("GET", "/api/v1/app/orders/")).statusCode, 200);
  assert.equal((await api.ask("POST", "/api/v1/app/orders/msg/", message)).statusCode, 202);
});

test("an answer tells about as many wrong fields as the limit says", async () => {
  const metadata = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, at]));
  const answer = await api.ask("POST", "/api/v1/app", { name: "x", metadata });
  assert.equal(answer.statusCode, 422);
  assert.equal(answer.json<{ detail: unknown[] }>().detail.length, limits.wrongFieldsMax);
});
