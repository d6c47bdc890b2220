import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createSecureContext } from "node:tls";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { ConnectTurns } from "./connect-turns.ts";
import { EndpointPools } from "./endpoint-pools.ts";
import { SecureContexts } from "./secure-contexts.ts";

const target = {
  application: applicationKeyOf(1),
  origin: "http://127.0.0.1:1024",
  tlsIdentity: undefined,
};
const elsewhere = { ...target, origin: "http://127.0.0.1:1025" };

function startPools(context: TestContext): EndpointPools {
  const pools = new EndpointPools({
    guard: {
      reasonAgainst: () => undefined,
      checkAddress: () => assert.fail("nothing connects in these tests"),
    },
    resolveName: () => assert.fail("nothing connects in these tests"),
    secureContexts: new SecureContexts(createSecureContext()),
    turns: new ConnectTurns(),
    egressProxy: undefined,
    connectTimeoutMs: 1_000,
    resolveTimeoutMs: 1_000,
  });
  context.after(() => pools.close());
  return pools;
}

test("an endpoint keeps its pool while its origin stays", (context) => {
  const pools = startPools(context);
  const first = pools.acquire(endpointKeyOf(1), target);
  pools.release(first);
  assert.equal(pools.has(endpointKeyOf(1)), true);
  assert.equal(pools.has(endpointKeyOf(2)), false);
  assert.equal(pools.acquire(endpointKeyOf(1), target), first);
  assert.notEqual(pools.acquire(endpointKeyOf(2), target), first);
});

test("with another origin it gets another pool, and the old one goes with its last attempt", (context) => {
  const pools = startPools(context);
  const first = pools.acquire(endpointKeyOf(1), target);
  const second = pools.acquire(endpointKeyOf(1), elsewhere);
  assert.notEqual(second, first);
  assert.equal(first.dispatcher.destroyed, false);
  pools.release(first);
  assert.equal(first.dispatcher.destroyed, true);
  pools.release(second);
  assert.equal(second.dispatcher.destroyed, false);
  pools.acquire(endpointKeyOf(1), target);
  assert.equal(second.dispatcher.destroyed, true);
});

test("when there are too many, the least recently used idle one is closed", (context) => {
  const pools = startPools(context);
  const busy = pools.acquire(endpointKeyOf(1), target);
  const oldest = pools.acquire(endpointKeyOf(2), target);
  const older = pools.acquire(endpointKeyOf(3), target);
  pools.release(older);
  pools.release(oldest);
  pools.release(pools.acquire(endpointKeyOf(3), target));
  for (let endpoint = 4; endpoint <= limits.connectionPoolsMax; endpoint += 1) {
    pools.release(pools.acquire(endpointKeyOf(endpoint), target));
  }
  assert.equal(oldest.dispatcher.destroyed, false);
  pools.acquire(endpointKeyOf(limits.connectionPoolsMax + 1), target);
  assert.deepEqual(
    [busy, oldest, older].map(({ dispatcher }) => dispatcher.destroyed),
    [false, true, false],
  );
});

test("a pool that has been idle for long is taken apart, and its connector serves the next one", (context) => {
  const pools = startPools(context);
  const busy = pools.acquire(endpointKeyOf(1), target);
  const idle = pools.acquire(endpointKeyOf(2), target);
  const moved = pools.acquire(endpointKeyOf(3), target);
  const beforeMs = performance.now();
  for (const pool of [idle, moved]) pools.release(pool);
  pools.rest(beforeMs + limits.poolIdleMs - 1);
  assert.equal(idle.dispatcher.destroyed, false);
  pools.rest(performance.now() + limits.poolIdleMs);
  assert.deepEqual(
    [busy, idle, moved].map(({ dispatcher }) => dispatcher.destroyed),
    [false, true, true],
  );
  const again = pools.acquire(endpointKeyOf(2), target);
  assert.equal(again.dispatcher.destroyed, false);
  assert.equal(again.connector, idle.connector);
  assert.notEqual(pools.acquire(endpointKeyOf(3), elsewhere).connector, moved.connector);
});

test("closing destroys all, and a release after it does nothing", async (context) => {
  const pools = startPools(context);
  const busy = pools.acquire(endpointKeyOf(1), target);
  const idle = pools.acquire(endpointKeyOf(2), target);
  pools.release(idle);
  await pools.close();
  assert.equal(busy.dispatcher.destroyed && idle.dispatcher.destroyed, true);
  pools.release(busy);
});
