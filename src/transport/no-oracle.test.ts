/** What an endpoint's owner is told must not say what is there: neither in this network nor in its name server. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { guardBy } from "../../test/loopback/guard-by.ts";
import {
  destinationOf,
  receive,
  requestOf,
  startSender,
} from "../../test/loopback/loopback-sender.ts";
import { startProxy } from "../../test/loopback/loopback-proxy.ts";
import { answerOf } from "../director/attempt-row.ts";
import type { SenderOptions } from "./sender.ts";

/** What is recorded of an attempt, but for how long it took. */
async function toldOf(
  context: TestContext,
  url: string,
  options: Partial<SenderOptions>,
): Promise<string> {
  const sender = startSender(context, { guard: guardBy(), ...options });
  const outcome = await sender.send(requestOf(destinationOf(0, { url })));
  const { statusCode, response } = answerOf(outcome);
  return `${statusCode} ${Buffer.from(response).toString()}`;
}

test("refused, blocked, unresolved and turned away by a proxy are told with the same words", async (context) => {
  const listening = await receive(context, () => assert.fail("called"));
  const gone = await receive(context, () => undefined);
  await gone.close();
  const name = `http://hooks.example.com:${listening.port}/`;
  const to = (...addresses: readonly string[]): Partial<SenderOptions> => ({
    resolveName: () => Promise.resolve(addresses),
  });
  const { proxy } = await startProxy(context, { protocol: "http:", port: undefined });
  const cases: Readonly<Record<string, Promise<string>>> = {
    "nobody listens": toldOf(context, `http://127.0.0.1:${gone.port}/`, {
      guard: guardBy({ allowSubnets: "127.0.0.0/8" }),
    }),
    "a blocked literal where somebody listens": toldOf(
      context,
      `http://127.0.0.1:${listening.port}/`,
      {},
    ),
    "a blocked literal where nobody does": toldOf(context, `http://127.0.0.1:${gone.port}/`, {}),
    "a metadata service": toldOf(context, "http://169.254.169.254/", {}),
    "a blocked name": toldOf(context, "http://vault.internal/", to("93.184.216.34")),
    "a blocked port": toldOf(context, "http://hooks.example.com:22/", to("93.184.216.34")),
    "a name of a blocked address": toldOf(context, name, to("127.0.0.1")),
    "a name of a blocked address among others": toldOf(context, name, to("8.8.8.8", "10.0.0.1")),
    "a name of this server's own": toldOf(context, name, {
      ...to("11.22.33.44"),
      guard: guardBy({ own: ["11.22.33.44"] }),
    }),
    "a name that the operator denies": toldOf(context, name, {
      ...to("93.184.216.34"),
      guard: guardBy({ denyNames: "hooks.example.com" }),
    }),
    "a name without addresses": toldOf(context, name, to()),
    "a name with too many": toldOf(context, name, to(...Array<string>(17).fill("8.8.8.8"))),
    "a name that is not there": toldOf(context, name, {
      resolveName: () => Promise.reject(new Error("ENOTFOUND")),
    }),
    "a proxy that refuses": toldOf(context, name, { ...to("93.184.216.34"), egressProxy: proxy }),
  };
  for (const [what, told] of Object.entries(cases)) {
    assert.equal(
      await told,
      "0 Could not connect to the endpoint, or it closed the connection.",
      what,
    );
  }
  assert.equal(listening.sockets.length, 0);
});

test("a blocked answer takes what its resolution took, as a failed one does", async (context) => {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const settled: string[] = [];
  const attempts = (["10.0.0.1", undefined] as const).map((address) => {
    const sending = toldOf(context, `http://${address ?? "missing"}.example.com/`, {
      resolveName: (hostname) => {
        asked.push(hostname);
        const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
        answers.push(() =>
          address === undefined ? reject(new Error("none")) : resolve([address]),
        );
        return promise;
      },
    });
    return sending.then(() => settled.push(address ?? "missing"));
  });
  while (asked.length < 2) await new Promise(setImmediate);
  assert.deepEqual(settled, []);
  for (const answer of answers) answer();
  await Promise.all(attempts);
  assert.deepEqual(asked.toSorted(), ["10.0.0.1.example.com", "missing.example.com"]);
});
