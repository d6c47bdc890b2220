import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as fc from "fast-check";
import { createAddressGuard, type AddressGuard } from "./address-guard.ts";
import { createOwnAddresses } from "./own-addresses.ts";
import { parseAllowedSubnets } from "./allowed-subnets.ts";

function guardAllowing(subnets: string, own: readonly string[] = []): AddressGuard {
  return createAddressGuard({
    allowedSubnets: parseAllowedSubnets(subnets),
    ownAddresses: () => own,
  });
}

const strict = guardAllowing("");
const everything = guardAllowing("0.0.0.0/0,::/0");

function reasonFor(guard: AddressGuard, url: string): string {
  const check = guard.checkUrl(url);
  return check.kind === "refused" ? check.reason : "ok";
}

/** One URL a line, bytes as they are: some begin with a space or hold odd characters. */
const badUrls = readFileSync(new URL("bad-urls.txt", import.meta.url), "utf8")
  .split("\n")
  .slice(0, -1);

test("every URL of the corpus is refused", () => {
  assert.equal(badUrls.length, 54);
  for (const url of badUrls) assert.notEqual(reasonFor(strict, url), "ok", JSON.stringify(url));
});

test("control characters, white space and backslashes anywhere are refused", () => {
  const good = "https://example.com/a?b=c";
  const odd = fc
    .constantFrom("\t", "\n", "\r", "\0", " ", "\x7f", "\u0085", "\u00a0", "\u00ad")
    .chain((first) => fc.constantFrom(first, "\u200b", "\u2028", "\ufeff", "\ue000", "\\"));
  fc.assert(
    fc.property(odd, fc.nat({ max: good.length }), (character, at) => {
      const url = good.slice(0, at) + character + good.slice(at);
      assert.match(reasonFor(strict, url), /no white space, control characters or backslashes/);
    }),
  );
});

test("ordinary URLs pass as they were given", () => {
  for (const [url, origin, path] of [
    ["https://example.com", "https://example.com", "/"],
    ["HTTP://Example.COM:80/Hook?a=%20b#c", "http://example.com", "/Hook?a=%20b"],
    ["https://hooks.example.co.uk:8443/a/../b", "https://hooks.example.co.uk:8443", "/b"],
    ["https://example.com./", "https://example.com.", "/"],
    ["https://bücher.example/ü", "https://xn--bcher-kva.example", "/%C3%BC"],
    ["https://my_host.example.com:1024/", "https://my_host.example.com:1024", "/"],
    ["http://8.8.8.8/", "http://8.8.8.8", "/"],
    ["http://[2606:4700::1111]:443/", "http://[2606:4700::1111]:443", "/"],
  ] as const) {
    assert.deepEqual(strict.checkUrl(url), { kind: "ok", origin, path });
  }
});

test("user information may stand in a URL, and is no part of where it leads", () => {
  for (const [url, origin, path] of [
    ["https://u:p@example.com/x", "https://example.com", "/x"],
    ["https://u@example.com:8443?a@b", "https://example.com:8443", "/?a@b"],
    ["https://:p@example.com#@", "https://example.com", "/"],
    ["https://a%40b:c%3Ad%C3%A9@example.com/", "https://example.com", "/"],
  ] as const) {
    assert.deepEqual(strict.checkUrl(url), { kind: "ok", origin, path });
  }
});

test("user information that basic authorisation can't carry is refused", () => {
  for (const url of [
    "https://%ff:p@example.com/",
    "https://a%3Ab:p@example.com/",
    "https://u:%0d%0a@example.com/",
  ]) {
    assert.equal(reasonFor(strict, url), "the user information of the URL is malformed");
  }
});

test("the reason says what is wrong", () => {
  for (const [url, reason] of [
    ["ftp://example.com/", "a URL begins with https:// or http://, got ftp:"],
    ["example.com", "a URL begins with https:// or http://, got else"],
    ["https:example.com", "https: is followed by // and a host"],
    ["https:///example.com", "https: is followed by // and a host"],
    ["https://?x", "https: is followed by // and a host"],
    ["https://[::1", "this is not a valid URL"],
    ["https://a..example.com/", '"a..example.com" is not a host name'],
    ["https://-a.example.com/", '"-a.example.com" is not a host name'],
    ["https://example.com../", '"example.com." is not a host name'],
    ["https://intranet/", "the host name intranet has no dot, so it is not a public one"],
    ["https://a.svc.cluster.local./", "host names in local are not public"],
    ["https://home.arpa/", "host names in home.arpa are not public"],
    ["http://127.0.0.1/", "the address 127.0.0.1 is loopback"],
    ["http://[fd00::1]/", "the address fd00::1 is private (unique local)"],
    ["http://[4000::1]/", "the address 4000::1 is outside 2000::/3"],
    [`https://example.com/${"x".repeat(2048)}`, "a URL has at most 2048 characters, got 2068"],
    [
      "http://localhost:9999/",
      "the name localhost is refused; where the operator allows it, use the address 127.0.0.1 or [::1]",
    ],
    [
      "https://example.com:5432/",
      "port 5432 is refused: use 80, 443 or one from 1024 that is not a well-known service's",
    ],
  ] as const) {
    assert.equal(reasonFor(strict, url), reason);
  }
});

test("an allowed subnet opens its literal addresses on every port", () => {
  const guard = guardAllowing("127.0.0.0/8,::1/128");
  for (const url of ["http://127.0.0.1:9999/hook", "http://127.9.9.9:1/", "http://[::1]:6379/"]) {
    assert.equal(reasonFor(guard, url), "ok");
  }
  assert.equal(reasonFor(guard, "http://127.0.0.1:0/"), "port 0 can't be called");
  assert.equal(reasonFor(guard, "http://10.0.0.1/"), "the address 10.0.0.1 is private");
  assert.match(reasonFor(guard, "http://localhost:9999/"), /^the name localhost is refused/);
  assert.match(reasonFor(guard, "http://8.8.8.8:25/"), /^port 25 is refused/);
});

test("metadata services and embedded v4 addresses stay refused whatever is allowed", () => {
  for (const address of [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "168.63.129.16",
    "100.100.100.200",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "::ffff:8.8.8.8",
    "::ffff:169.254.169.254",
    "::8.8.8.8",
    "::ffff:0:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
    "fe80::1%eth0",
    "nonsense",
    "",
  ]) {
    assert.equal(everything.checkAddress(address).kind, "refused", address);
  }
  for (const address of ["127.0.0.1", "0.0.0.0", "::1", "fd00::1", "8.8.8.8"]) {
    assert.equal(everything.checkAddress(address).kind, "allowed", address);
  }
});

test("this server's own addresses are refused unless allowed", () => {
  const own = ["8.8.4.4", "2606:4700:0:0::1111"];
  const guard = guardAllowing("", own);
  assert.deepEqual(guard.checkAddress("8.8.4.4"), {
    kind: "refused",
    reason: "this server's own",
  });
  assert.equal(guard.checkAddress("2606:4700::1111").kind, "refused");
  assert.equal(guard.checkAddress("8.8.8.8").kind, "public");
  assert.equal(guardAllowing("8.8.4.0/24", own).checkAddress("8.8.4.4").kind, "allowed");
});

test("the addresses of this machine are found", () => {
  assert(createOwnAddresses()().includes("127.0.0.1"));
});
