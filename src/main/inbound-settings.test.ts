import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, inboundSettingDefinitions, isTrustedProxy } from "./inbound-settings.ts";

const { publicUrl, corsOrigins, trustedProxies, clientConnectionsMax } = inboundSettingDefinitions;

for (const [text, url] of [
  ["https://hooks.example.com", "https://hooks.example.com"],
  ["https://hooks.example.com:8443/", "https://hooks.example.com:8443"],
  ["http://10.0.0.1/posthorn/", "http://10.0.0.1/posthorn"],
] as const) {
  test(`links may begin with ${text}`, () => assert.equal(publicUrl.parse(text), url));
}

for (const text of [
  "",
  "hooks.example.com",
  "ftp://a.example",
  "javascript:alert(1)",
  "https://u:p@a.example",
  "https://a.example/?b",
  "https://a.example/#b",
]) {
  test(`links may not begin with "${text}"`, () => {
    assert.throws(() => publicUrl.parse(text), /is no http\(s\) URL without user, query and frag/);
  });
}

test("origins are those that browsers send", () => {
  assert.deepEqual(corsOrigins.parse(""), new Set());
  assert.deepEqual(
    corsOrigins.parse("https://a.example, http://localhost:3000"),
    new Set(["https://a.example", "http://localhost:3000"]),
  );
});

for (const text of [
  "*",
  "null",
  "a.example",
  "https://a.example/",
  "https://a.example/b",
  "https://A.example",
  "https://a.example:443",
  "https://*.example",
  "file:///a",
  "https://a.example,",
]) {
  test(`"${text}" is no origin`, () => {
    assert.throws(() => corsOrigins.parse(text), /is no origin as browsers send it/);
  });
}

test("there are so many origins and no more", () => {
  const origins = (count: number): string =>
    Array.from({ length: count }, (_, at) => `https://a${at}.example`).join(",");
  assert.equal(corsOrigins.parse(origins(100)).size, 100);
  assert.throws(() => corsOrigins.parse(origins(101)), /at most 100 origins, got 101/);
});

test("a client has from one to all connections", () => {
  assert.equal(clientConnectionsMax.parse("1"), 1);
  assert.throws(() => clientConnectionsMax.parse("0"), /from 1 to 4096/);
  assert.throws(() => clientConnectionsMax.parse("4097"), /from 1 to 4096/);
});

const proxies = trustedProxies.parse("10.0.0.0/8,fd00::/8");

test("a proxy is known by its address however a socket writes that", () => {
  for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1"]) {
    assert.equal(isTrustedProxy(proxies, address), true, address);
    assert.equal(clientOf(proxies, address), undefined, address);
  }
  for (const address of ["11.0.0.1", "::10.1.2.3", "2001:db8::1", "", "unknown", "10.1"]) {
    assert.equal(isTrustedProxy(proxies, address), false, address);
    assert.notEqual(clientOf(proxies, address), undefined, address);
  }
});

test("a client is an address, and of IPv6 a /64", () => {
  const of = (address: string): string | undefined => clientOf([], address);
  assert.equal(of("192.0.2.1"), of("::ffff:192.0.2.1"));
  assert.notEqual(of("192.0.2.1"), of("192.0.2.2"));
  assert.equal(of("2001:db8::1"), of("2001:db8:0:0:ffff::2"));
  assert.notEqual(of("2001:db8::1"), of("2001:db8:0:1::1"));
  assert.notEqual(of("::1"), of("0.0.0.1"));
});
