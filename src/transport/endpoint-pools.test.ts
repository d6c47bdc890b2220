import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createSecureContext } from "node:tls";
import { endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { ConnectTurns } from "./connect-turns.ts";
import { EndpointPools } from "./endpoint-pools.ts";

const origin = "http://127.0.0.1:1024";

function startPools(context: TestContext): EndpointPools {
  const pools = new EndpointPools({
    guard: {
      reasonAgainst: () => undefined,
      checkAddress: () => assert.fail("nothing connects in these tests"),
    },
    resolveName: () => assert.fail("nothing connects in these tests"),
    secureContext: createSecureContext(),
    turns: new ConnectTurns(),
    connectTimeoutMs: 1_000,
    resolveTimeoutMs: 1_000,
  });
  context.after(() => pools.close());
  return pools;
}

test("an endpoint keeps its pool while its origin stays", (context) => {
  const pools = startPools(context);
  const first = pools.acquire(endpointKeyOf(1), origin);
  pools.release(first);
  assert.equal(pools.acquire(endpointKeyOf(1), origin), first);
  assert.notEqual(pools.acquire(endpointKeyOf(2), origin), first);
});

test("with another origin it gets another pool, and the old one goes with its last attempt", (context) => {
  const pools = startPools(context);
  const first = pools.acquire(endpointKeyOf(1), origin);
  const second = pools.acquire(endpointKeyOf(1), "http://127.0.0.1:1025");
  assert.notEqual(second, first);
  assert.equal(first.dispatcher.destroyed, false);
  pools.release(first);
  assert.equal(first.dispatcher.destroyed, true);
  pools.release(second);
  assert.equal(second.dispatcher.destroyed, false);
  pools.acquire(endpointKeyOf(1), origin);
  assert.equal(second.dispatcher.destroyed, true);
});

test("when there are too many, the least recently used idle one is closed", (context) => {
  const pools = startPools(context);
  const busy = pools.acquire(endpointKeyOf(1), origin);
  const oldest = pools.acquire(endpointKeyOf(2), origin);
  const older = pools.acquire(endpointKeyOf(3), origin);
  pools.release(older);
  pools.release(oldest);
  pools.release(pools.acquire(endpointKeyOf(3), origin));
  for (let endpoint = 4; endpoint <= limits.connectionPoolsMax; endpoint += 1) {
    pools.release(pools.acquire(endpointKeyOf(endpoint), origin));
  }
  assert.equal(oldest.dispatcher.destroyed, false);
  pools.acquire(endpointKeyOf(limits.connectionPoolsMax + 1), origin);
  assert.deepEqual(
    [busy, oldest, older].map(({ dispatcher }) => dispatcher.destroyed),
    [false, true, false],
  );
});

test("closing destroys all, and a release after it does nothing", async (context) => {
  const pools = startPools(context);
  const busy = pools.acquire(endpointKeyOf(1), origin);
  const idle = pools.acquire(endpointKeyOf(2), origin);
  pools.release(idle);
  await pools.close();
  assert.equal(busy.dispatcher.destroyed && idle.dispatcher.destroyed, true);
  pools.release(busy);
});
