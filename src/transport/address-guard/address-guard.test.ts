import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { guardBy } from "../../../test/loopback/guard-by.ts";
import { badAnswers, badUrls, goodUrls } from "../../../test/security/corpus.ts";
import type { AddressGuard } from "./address-guard.ts";
import { createOwnAddresses } from "./own-addresses.ts";

const strict = guardBy();
const everything = guardBy({ allowSubnets: "0.0.0.0/0,::/0" });

function reasonFor(guard: AddressGuard, url: string): string {
  const check = guard.checkUrl(url);
  return check.kind === "refused" ? check.reason : "ok";
}

test("every URL of the corpus is refused", () => {
  assert.ok(badUrls.length > 500);
  for (const url of badUrls) assert.notEqual(reasonFor(strict, url), "ok", JSON.stringify(url));
});

test("good URLs pass, and so do those of which only what their names resolve to is bad", () => {
  for (const { url } of [...goodUrls, ...badAnswers])
    assert.equal(reasonFor(strict, url), "ok", url);
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

function isRefused(guard: AddressGuard, address: string, hostname = address): boolean {
  return guard.checkAddress(address, hostname).kind === "refused";
}

test("an allowed subnet opens its literal addresses, on the ports that everybody may call", () => {
  const guard = guardBy({ allowSubnets: "127.0.0.0/8,::1/128" });
  for (const url of ["http://127.0.0.1:9999/hook", "http://127.9.9.9/", "http://[::1]:8080/"]) {
    assert.equal(reasonFor(guard, url), "ok");
  }
  assert.equal(reasonFor(guard, "http://127.0.0.1:0/"), "port 0 can't be called");
  assert.equal(reasonFor(guard, "http://10.0.0.1/"), "the address 10.0.0.1 is private");
  assert.match(reasonFor(guard, "http://localhost:9999/"), /^the name localhost is refused/);
  for (const url of ["http://127.0.0.1:25/", "http://[::1]:6379/", "http://8.8.8.8:25/"]) {
    assert.match(reasonFor(guard, url), /^port \d+ is refused/);
  }
});

const embedded = [
  "::ffff:8.8.8.8",
  "::ffff:169.254.169.254",
  "::8.8.8.8",
  "::ffff:0:8.8.8.8",
  "64:ff9b::8.8.8.8",
  "2002:808:808::1",
  "2606:4700::5efe:808:808",
  "2606:4700::200:5efe:808:808",
  "fe80::5efe:10.0.0.1",
];
const metadata = [
  "169.254.169.254",
  "169.254.170.2",
  "169.254.170.23",
  "169.254.42.42",
  "168.63.129.16",
  "100.100.100.200",
  "192.0.0.192",
  "fd00:ec2::254",
  "fd00:ec2::23",
];

test("metadata services and embedded v4 addresses stay refused whatever is allowed", () => {
  const byName = guardBy({ allowNames: "hooks.internal" });
  for (const address of [...embedded, ...metadata, "fe80::1%eth0", "nonsense", ""]) {
    assert.ok(isRefused(everything, address), address);
    assert.ok(isRefused(byName, address, "hooks.internal"), address);
  }
  for (const address of ["127.0.0.1", "0.0.0.0", "::1", "fd00::1", "8.8.8.8"]) {
    assert.ok(!isRefused(everything, address), address);
  }
});

test("this server's own addresses are refused unless allowed", () => {
  const own = ["8.8.4.4", "2606:4700:0:0::1111"];
  const guard = guardBy({ own });
  assert.deepEqual(guard.checkAddress("8.8.4.4", "8.8.4.4"), {
    kind: "refused",
    reason: "this server's own",
  });
  assert.ok(isRefused(guard, "2606:4700::1111"));
  assert.ok(!isRefused(guard, "8.8.8.8"));
  assert.ok(!isRefused(guardBy({ own, allowSubnets: "8.8.4.0/24" }), "8.8.4.4"));
});

test("an allowed name is called at whatever address it has, and no other name is", () => {
  const guard = guardBy({ allowNames: "hooks.internal,receiver,*.lan", own: ["8.8.4.4"] });
  for (const [hostname, refused] of [
    ["hooks.internal", false],
    ["hooks.internal.", false],
    ["a.lan", false],
    ["a.hooks.internal", true],
    ["xhooks.internal", true],
    ["lan", true],
    ["10.0.0.1", true],
  ] as const) {
    assert.equal(isRefused(guard, "10.0.0.1", hostname), refused, hostname);
    assert.equal(isRefused(guard, "8.8.4.4", hostname), refused, hostname);
  }
  for (const url of ["http://hooks.internal/", "http://RECEIVER:8080/", "http://a.b.lan./"]) {
    assert.equal(reasonFor(guard, url), "ok");
  }
  assert.match(reasonFor(guard, "http://receiver:6379/"), /^port 6379 is refused/);
  assert.match(reasonFor(guard, "http://other/"), /has no dot/);
});

test("what is denied is refused whatever is allowed", () => {
  const guard = guardBy({
    allowSubnets: "10.0.0.0/8",
    denySubnets: "10.1.0.0/16,8.8.8.0/24",
    allowNames: "*.example.com,hooks.internal",
    denyNames: "bad.example.com,*.bad.example.com,hooks.internal",
    allowPorts: "25-26",
    denyPorts: "26,80,9000-9100",
  });
  for (const [url, reason] of [
    ["https://10.2.0.1/", "ok"],
    ["https://10.1.0.1/", "the address 10.1.0.1 is refused by the operator"],
    ["https://8.8.8.8/", "the address 8.8.8.8 is refused by the operator"],
    ["https://good.example.com/", "ok"],
    ["https://BAD.example.com./", "the operator refuses the host name bad.example.com"],
    ["https://a.bad.example.com/", "the operator refuses the host name a.bad.example.com"],
    ["https://hooks.internal/", "the operator refuses the host name hooks.internal"],
    ["https://example.org:25/", "ok"],
    ["https://example.org:26/", "the operator refuses port 26"],
    ["http://example.org/", "the operator refuses port 80"],
    ["https://10.2.0.1:9050/", "the operator refuses port 9050"],
  ] as const) {
    assert.equal(reasonFor(guard, url), reason, url);
  }
  assert.ok(isRefused(guard, "10.1.0.1", "good.example.com"));
});

test("https only means so, for names, addresses and what is allowed", () => {
  const guard = guardBy({
    httpsOnly: true,
    allowSubnets: "127.0.0.0/8",
    allowNames: "hooks.internal",
  });
  const reason = "a URL begins with https://, as the operator allows no other here";
  for (const place of ["example.com", "127.0.0.1:8080", "hooks.internal", "example.com:443"]) {
    assert.equal(reasonFor(guard, `http://${place}/`), reason);
    assert.equal(reasonFor(guard, `https://${place}/`), "ok");
  }
});

test("scheme, name and port are told of an origin as they are of a URL", () => {
  const guard = guardBy({ httpsOnly: true });
  const against = (protocol: string, hostname: string, port = ""): string =>
    guard.reasonAgainst({ protocol, hostname, port }) ?? "ok";
  assert.equal(against("https:", "example.com"), "ok");
  assert.equal(against("https:", "2606:4700::1111"), "ok");
  assert.equal(against("ftp:", "example.com"), "ftp: is neither https: nor http:");
  assert.match(against("http:", "example.com"), /^a URL begins with https/);
  assert.match(against("https:", "localhost"), /^the name localhost/);
  assert.match(against("https:", "example.com", "22"), /^port 22/);
  assert.match(against("https:", "10.0.0.1"), /private$/);
  assert.match(against("https:", "[::1]"), /loopback$/);
});

test("the addresses of this machine are found", () => {
  assert(createOwnAddresses()().includes("127.0.0.1"));
});

test("the inspector is a URL that is written in one way, and nothing that can be connected to", () => {
  const httpsOnly = guardBy({ httpsOnly: true, allowNames: "*.invalid,inspector.invalid" });
  for (const guard of [strict, everything, httpsOnly]) {
    assert.deepEqual(guard.checkUrl("http://inspector.invalid/?status=503"), {
      kind: "ok",
      origin: "http://inspector.invalid",
      path: "/?status=503",
    });
    for (const url of [
      "https://inspector.invalid/",
      "HTTP://inspector.invalid/",
      "http://Inspector.invalid/",
      "http://inspector.invalid:80/",
      "http://inspector.invalid:8071/",
      "http://inspector.invalid./",
      "http://%69nspector.invalid/",
      "http://u:p@inspector.invalid/",
      "http://inspector.invalid?status=500",
    ]) {
      assert.match(reasonFor(guard, url), /begins with http:\/\/inspector\.invalid\/$/, url);
    }
    assert.match(reasonFor(guard, "http://inspector.invalid/#x"), /the path \/ or \/listener/);
    for (const hostname of ["inspector.invalid", "inspector.invalid."]) {
      const place = { protocol: "http:", hostname, port: "" };
      assert.equal(guard.reasonAgainst(place), "the inspector is not connected to");
    }
  }
  const without = guardBy({ denyNames: "inspector.invalid" });
  assert.equal(
    reasonFor(without, "http://inspector.invalid/"),
    "the operator refuses the inspector",
  );
});
