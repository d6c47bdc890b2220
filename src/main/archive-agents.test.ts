import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { rulesBy, type RuleTexts } from "../../test/loopback/guard-by.ts";
import { startProxy } from "../../test/loopback/loopback-proxy.ts";
import type { EgressProxy } from "../transport/egress-proxy.ts";
import { createArchiveAgents } from "./archive-agents.ts";

interface Connecting {
  /** What the settings have; undefined: Amazon's. */
  readonly endpoint?: string | undefined;
  readonly rules?: RuleTexts;
  readonly egressProxy?: EgressProxy;
}

/** The status of an answer, or why there is none. */
async function statusOf(
  context: TestContext,
  url: string,
  { endpoint, rules, egressProxy }: Connecting,
): Promise<string> {
  const agents = createArchiveAgents({ rules: rulesBy(rules), egressProxy }, endpoint);
  context.after(() => agents.http.destroy());
  const { promise, resolve } = Promise.withResolvers<string>();
  const asking = request(url, { agent: agents.http });
  asking.once("error", (error) => resolve(error.message));
  asking.once("response", (response) => {
    response.resume();
    resolve(String(response.statusCode));
  });
  asking.end();
  return promise;
}

async function startService(context: TestContext): Promise<number> {
  const server = createServer((_, response) => response.writeHead(204).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port; // a TCP server that listens has one
}

test("an archive's own endpoint is called wherever it is, by address or name", async (context) => {
  const port = await startService(context);
  for (const host of ["127.0.0.1", "localhost"]) {
    const endpoint = `http://${host}:${port}`;
    assert.equal(await statusOf(context, `${endpoint}/a`, { endpoint }), "204");
    const rules = { httpsOnly: true };
    assert.equal(await statusOf(context, `${endpoint}/a`, { endpoint, rules }), "204");
  }
});

test("nothing else that is not public is, whatever an answer says", async (context) => {
  const port = await startService(context);
  const url = `http://127.0.0.1:${port}/`;
  const told = "the address 127.0.0.1 is loopback";
  assert.equal(await statusOf(context, url, {}), told);
  assert.equal(await statusOf(context, url, { endpoint: "http://127.0.0.2:9000" }), told);
  const rules = { allowSubnets: "127.0.0.0/8" };
  assert.equal(await statusOf(context, url, { rules }), "204");
});

test("metadata services and what is denied are refused though the endpoint is there", async (context) => {
  const metadata = "http://169.254.169.254";
  assert.equal(
    await statusOf(context, `${metadata}/a`, { endpoint: metadata }),
    "the address 169.254.169.254 is a cloud's metadata service",
  );
  const endpoint = `http://127.0.0.1:${await startService(context)}`;
  assert.equal(
    await statusOf(context, endpoint, { endpoint, rules: { denySubnets: "127.0.0.0/8" } }),
    "the address 127.0.0.1 is refused by the operator",
  );
});

test("a service that is not there is told as the network does", async (context) => {
  const proxy = await startProxy(context, { protocol: "http:", port: undefined });
  const endpoint = `http://127.0.0.1:${await startService(context)}`;
  assert.equal(
    await statusOf(context, endpoint, { endpoint, egressProxy: proxy.proxy }),
    "the proxy answers 403",
  );
  const closed = "http://127.0.0.1:1";
  assert.match(await statusOf(context, closed, { endpoint: closed }), /ECONNREFUSED/);
});

test("an archive goes through the egress proxy too", async (context) => {
  const port = await startService(context);
  const { proxy, asked } = await startProxy(context, { protocol: "socks5:", port });
  const endpoint = "http://10.1.2.3:9000";
  assert.equal(await statusOf(context, `${endpoint}/a`, { endpoint, egressProxy: proxy }), "204");
  assert.deepEqual(asked, ["10.1.2.3 9000"]);
});
