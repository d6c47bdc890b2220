import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRetrySchedule } from "../core/retry-schedule.ts";
import { parseSettings, type SettingSources } from "./settings.ts";

const nothing: SettingSources = { flags: {}, environment: {}, file: undefined };

function parsed(sources: Partial<SettingSources>) {
  const result = parseSettings({ ...nothing, ...sources });
  assert.equal(result.kind, "ok");
  return result.kind === "ok" ? result.settings : assert.fail();
}

function problemsOf(sources: Partial<SettingSources>): readonly string[] {
  const result = parseSettings({ ...nothing, ...sources });
  return result.kind === "invalid" ? result.problems : [];
}

test("without anything given, the defaults hold", () => {
  const settings = parsed({});
  assert.deepEqual(settings.listen, { host: "127.0.0.1", port: 8071 });
  assert.equal(settings.data, "posthorn-data");
  assert.equal(settings.jwtSecret, undefined);
  assert.deepEqual(settings.allowSubnets, []);
  assert.deepEqual(settings.retrySchedule, defaultRetrySchedule);
  assert.equal(settings.attemptTimeoutMs, 15_000);
});

test("a flag beats the environment, which beats the file", () => {
  const file = { path: "p.json", values: { directors: 4, data: "file", "log-level": "warn" } };
  const environment = { POSTHORN_DIRECTORS: "3", POSTHORN_DATA: "environment" };
  const settings = parsed({ file, environment, flags: { directors: "2" } });
  assert.equal(settings.directors, 2);
  assert.equal(settings.data, "environment");
  assert.equal(settings.logLevel, "warn");
});

test("a list may be an array in the file", () => {
  const values = { "retry-schedule": [1, 2.5], "allow-subnets": ["127.0.0.0/8", "::1/128"] };
  const settings = parsed({ file: { path: "p.json", values } });
  assert.deepEqual(settings.retrySchedule, [1, 2.5]);
  assert.equal(settings.allowSubnets.length, 2);
});

test("an IPv6 address to listen on stands in brackets", () => {
  assert.deepEqual(parsed({ flags: { listen: "[::1]:0" } }).listen, { host: "::1", port: 0 });
});

test("every problem is told at once, with its place and what was expected", () => {
  const problems = problemsOf({
    flags: { listen: "nowhere", directors: "1.5" },
    environment: { POSTHORN_RETRY_SCHEDULE: "5,soon", POSTHORN_NONSENSE: "1", HOME: "/" },
    file: { path: "p.json", values: { "attempt-timeout": 31, colour: "red" } },
  });
  assert.deepEqual(problems, [
    "POSTHORN_NONSENSE: no such setting (see posthorn serve --help)",
    '"colour" in p.json: no such setting (see posthorn serve --help)',
    '--listen: "nowhere" is not a host and a port (expected HOST:PORT)',
    'POSTHORN_RETRY_SCHEDULE: "soon" is not a number from 0 to 2592000 (expected SECONDS,SECONDS,…)',
    "--directors: 1.5 is not a whole number (expected NUMBER)",
    '"attempt-timeout" in p.json: "31" is not a number from 1 to 30 (expected SECONDS)',
  ]);
});

test("an environment that names proxies is refused until it is said what is meant", () => {
  const environment = { HTTPS_PROXY: "http://p:1", http_proxy: "http://p:1", NO_PROXY: "*" };
  const advice =
    'no proxy is taken from it; give that proxy as --egress-proxy (POSTHORN_EGRESS_PROXY), or "off" to send without one';
  assert.deepEqual(problemsOf({ environment }), [
    `http_proxy: ${advice}`,
    `HTTPS_PROXY: ${advice}`,
  ]);
  const off = parsed({ environment: { ...environment, POSTHORN_EGRESS_PROXY: "off" } });
  assert.equal(off.egressProxy, "off");
  const proxy = parsed({ environment, flags: { "egress-proxy": "socks5://10.0.0.1" } }).egressProxy;
  assert.deepEqual(proxy, {
    protocol: "socks5:",
    host: "10.0.0.1",
    port: 1080,
    credentials: undefined,
  });
  assert.deepEqual(problemsOf({ environment: { HTTP_PROXY: "", NO_PROXY: "a" } }), []);
});

test("Node's own way to take proxies from the environment is refused whatever is said", () => {
  const flags = { "egress-proxy": "http://10.0.0.1:3128" };
  for (const environment of [
    { NODE_USE_ENV_PROXY: "1" },
    { NODE_OPTIONS: "--max-semi-space-size=8 --use-env-proxy" },
  ]) {
    assert.match(
      problemsOf({ environment, flags })[0] ?? "",
      /^NODE_USE_ENV_PROXY: Node would take/,
    );
  }
});

test("what is no proxy is told without its password", () => {
  const [problem] = problemsOf({ environment: { POSTHORN_EGRESS_PROXY: "socks4://u:secret@p" } });
  assert.match(problem ?? "", /^POSTHORN_EGRESS_PROXY: it is not http:/);
  assert.doesNotMatch(problem ?? "", /secret/);
});

test("values at and beyond the bounds", () => {
  const table: [Record<string, string>, boolean][] = [
    [{ directors: "64" }, true],
    [{ directors: "65" }, false],
    [{ directors: "0" }, false],
    [{ listen: "127.0.0.1:65535" }, true],
    [{ listen: "127.0.0.1:65536" }, false],
    [{ "retry-schedule": "" }, true],
    [{ "retry-schedule": Array(50).fill("1").join(",") }, true],
    [{ "retry-schedule": Array(51).fill("1").join(",") }, false],
    [{ "retry-schedule": "-1" }, false],
    [{ "attempt-timeout": "1" }, true],
    [{ "attempt-timeout": "0.5" }, false],
    [{ "allow-subnets": "10.0.0.0/33" }, false],
    [{ "deny-subnets": "10.0.0.0/8" }, true],
    [{ "deny-subnets": "10.0.0.0" }, false],
    [{ "allow-names": "hooks.internal,*.lan" }, true],
    [{ "deny-names": "*" }, false],
    [{ "allow-ports": "25,9000-9100" }, true],
    [{ "deny-ports": "0" }, false],
    [{ "https-only": "true" }, true],
    [{ "https-only": "1" }, false],
    [{ "svix-headers": "yes" }, false],
    [{ "log-level": "loud" }, false],
    [{ data: "" }, false],
    [{ "jwt-secret": "" }, false],
  ];
  for (const [flags, good] of table) {
    assert.equal(problemsOf({ flags }).length === 0, good, JSON.stringify(flags));
  }
});
