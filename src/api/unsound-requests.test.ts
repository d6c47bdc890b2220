/**
 * Requests that two programs may read in two ways (RFC 9112, section 11.2), each with a sound one right behind it in the same
 * packet: none may be taken, and nothing behind it may be answered. Node's parser refuses most; a change there is to be seen here.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { limits } from "../core/limits.ts";
import { rawClient, type RawClient } from "../../test/api/raw-client.ts";
import { createTestApi } from "../../test/api/test-api.ts";
import { startApi, stopApi } from "./api.ts";

const api = await createTestApi();
await api.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" });
let client: RawClient;
before(async () => {
  client = rawClient((await startApi(api.server, { host: "127.0.0.1", port: 0 })).port);
});
after(() => stopApi(api.server, 1_000));

const body = '{"eventType":"a","payload":{}}';
const size = body.length.toString(16);
const chunked = `${size}\r\n${body}\r\n0\r\n\r\n`;
const length = `Content-Length: ${body.length}`;
const behind = "GET /api/v1/health HTTP/1.1\r\nHost: a\r\n\r\n";

function post(more: string, content: string, type = "application/json"): string {
  const head = [
    "POST /api/v1/app/orders/msg HTTP/1.1",
    "Host: a",
    `Authorization: Bearer ${api.token}`,
    `Content-Type: ${type}`,
  ];
  return `${head.join("\r\n")}\r\n${more}\r\n\r\n${content}`;
}

const unsound: Readonly<Record<string, string>> = {
  "a length and chunks": post(`${length}\r\nTransfer-Encoding: chunked`, chunked),
  "chunks and a length": post(`Transfer-Encoding: chunked\r\n${length}`, chunked),
  "two lengths": post(`${length}\r\nContent-Length: 0`, body),
  "the same length twice": post(`${length}\r\n${length}`, body),
  "a list of lengths": post(`${length}, ${body.length}`, body),
  "a length with a sign": post(`Content-Length: +${body.length}`, body),
  "a negative length": post("Content-Length: -1", body),
  "a hexadecimal length": post(`Content-Length: 0x${size}`, body),
  "a length above 2^64": post("Content-Length: 99999999999999999999999", body),
  "an empty length": post("Content-Length:", body),
  "a folded header": post(`X-A: a\r\n b\r\n${length}`, body),
  "a folded length": post(`Content-Length:\r\n ${body.length}`, body),
  "folded chunks": post("Transfer-Encoding:\r\n chunked", chunked),
  "lines that end by LF": post(length, "").replaceAll("\r\n", "\n") + body,
  "one line that ends by LF": post(`X-A: b\n${length}`, body),
  "a head that ends by LF": post(length, body).replace("\r\n\r\n", "\r\n\n"),
  "a CR within a header": post(`X-A: b\rContent-Length: 0\r\n${length}`, body),
  "a NUL in a header": post(`X-A: b\0\r\n${length}`, body),
  "a space before the colon of a length": post(`Content-Length : ${body.length}`, body),
  "a space before the colon of chunks": post("Transfer-Encoding : chunked", chunked),
  "chunks that are not the last coding": post("Transfer-Encoding: chunked, identity", chunked),
  "two headers of codings": post(
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    chunked,
  ),
  "chunks twice": post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", chunked),
  "a vertical tab before the coding": post("Transfer-Encoding:\x0bchunked", chunked),
  "chunks in HTTP/1.0": post("Transfer-Encoding: chunked", chunked).replace("HTTP/1.1", "HTTP/1.0"),
  "chunks whose lines end by LF": post(
    "Transfer-Encoding: chunked",
    chunked.replaceAll("\r\n", "\n"),
  ),
  "a chunk that ends by LF": post("Transfer-Encoding: chunked", `${size}\r\n${body}\n0\r\n\r\n`),
  "an LF in a chunk's extension": post(
    "Transfer-Encoding: chunked",
    `${size};a\nb\r\n${body}\r\n0\r\n\r\n`,
  ),
  "a chunk's size by 0x": post("Transfer-Encoding: chunked", `0x${chunked}`),
  "a negative chunk": post("Transfer-Encoding: chunked", `-${chunked}`),
  "a chunk above 2^64": post("Transfer-Encoding: chunked", `fffffffffffffffff\r\n${body}`),
  "a space after a chunk's size": post("Transfer-Encoding: chunked", chunked.replace("\r", " \r")),
  "a chunk that is longer than it says": post(
    "Transfer-Encoding: chunked",
    `${size}\r\n${body}XX0\r\n\r\n`,
  ),
  "a length in the trailer": post(
    "Transfer-Encoding: chunked",
    `${size}\r\n${body}\r\n0\r\nContent-Length: 5\r\n\r\n`,
  ),
  "no host": behind.replace("Host: a\r\n", ""),
  "two hosts": behind.replace("Host: a", "Host: a\r\nHost: b"),
  "two types": post(`Content-Type: text/plain\r\n${length}`, body),
  "two tokens": post(`Authorization: Bearer x\r\n${length}`, body),
  "HTTP/0.9": "GET /\r\n\r\n",
  "HTTP/1.2": behind.replace("1.1", "1.2"),
  "the beginning of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "a space in the path": behind.replace("health", "he alth"),
  "a method in lower case": behind.replace("GET", "get"),
};

for (const [name, request] of Object.entries(unsound)) {
  test(`${name} is answered 400, and the connection closed`, async () => {
    const stored = api.backend.accepted.length;
    assert.deepEqual(await client.statuses(request + behind), [400]);
    assert.equal(api.backend.accepted.length, stored);
  });
}

for (const coding of ["gzip, chunked", "xchunked", "identity", '"chunked"']) {
  test(`the coding ${coding} is answered 415, and the connection closed`, async () => {
    const stored = api.backend.accepted.length;
    const request = post(`Transfer-Encoding: ${coding}`, chunked);
    assert.deepEqual(await client.statuses(request + behind), [415]);
    assert.equal(api.backend.accepted.length, stored);
  });
}

for (const [name, headers] of [
  ["more bytes than the limit", `X: ${"x".repeat(limits.requestHeaderBytesMax)}`],
  ["more of them than the limit", "a:\r\n".repeat(limits.requestHeadersMax).trimEnd()],
  ["more than Node tells of", "a:\r\n".repeat(2_100).trimEnd()],
] as const) {
  test(`headers of ${name} are answered 431, and the connection closed`, async () => {
    const request = behind.replace("Host: a", `Host: a\r\n${headers}`);
    assert.deepEqual(await client.statuses(request + behind), [431]);
  });
}

const last = behind.replace("Host: a", "Host: a\r\nConnection: close");

for (const [name, request, statuses] of [
  ["a body by chunks", post("Transfer-Encoding: chunked", chunked), [202, 204]],
  [
    "a chunk's extension",
    post("Transfer-Encoding: chunked", chunked.replace("\r", ';a="b"\r')),
    [202, 204],
  ],
  [
    "a client that asks whether to go on",
    post(`Expect: 100-continue\r\n${length}`, body),
    [100, 202, 204],
  ],
  ["a client that expects something else", post(`Expect: 200-ok\r\n${length}`, body), [417, 204]],
  [
    "a GET whose body is a request",
    behind.replace("Host: a", `Host: a\r\nContent-Length: ${last.length}`) + last,
    [204, 204],
  ],
  [
    "a refused POST whose body is a request",
    post(`Content-Length: ${last.length}`, last, "text/plain"),
    [415, 204],
  ],
  ["a URL with another host", behind.replace("/api", "http://b/api"), [204, 204]],
  ["empty lines before", `\r\n\r\n${behind}`, [204, 204]],
] as const) {
  test(`${name}: answered ${statuses.join(", ")}, each once and in order`, async () => {
    assert.deepEqual(await client.statuses(request + last), statuses);
  });
}
