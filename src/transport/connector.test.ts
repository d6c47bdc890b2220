import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { createSecureContext } from "node:tls";
import { guardBy } from "../../test/loopback/guard-by.ts";
import { receive } from "../../test/loopback/loopback-sender.ts";
import { closed, type RawReceiver } from "../../test/loopback/raw-receiver.ts";
import type { UnansweredReason } from "../core/delivery.ts";
import { limits } from "../core/limits.ts";
import { ConnectError } from "./connect-error.ts";
import { ConnectTurns } from "./connect-turns.ts";
import { Connector, type ConnectorOptions } from "./connector.ts";
import { SecureContexts } from "./secure-contexts.ts";

const secureContexts = new SecureContexts(createSecureContext());
const guard = guardBy({ allowSubnets: "127.0.0.0/8" });
const never = (): Promise<never> => new Promise<never>(() => undefined);

function connectorOf(context: TestContext, options: Partial<ConnectorOptions>): Connector {
  const connector = new Connector({
    guard,
    resolveName: never,
    secureContexts,
    turns: new ConnectTurns(),
    egressProxy: undefined,
    connectTimeoutMs: 5_000,
    resolveTimeoutMs: 5_000,
    ...options,
  });
  context.after(() => connector.close());
  return connector;
}

/** The address that a connection was made to, or why there is none. */
function connect(
  connector: Connector,
  port: number,
  hostname = "hooks.example.com",
  protocol = "http:",
): Promise<string> {
  return new Promise((resolve, reject) => {
    const target = { hostname, host: hostname, protocol, port: String(port) };
    connector.connect(target, (error: Error | null, socket: Socket | null) => {
      if (error instanceof ConnectError) resolve(error.reason satisfies UnansweredReason);
      else if (socket === null) reject(error ?? new Error("neither socket nor error"));
      else {
        resolve(socket.remoteAddress ?? "");
        socket.destroy();
      }
    });
  });
}

async function silentReceiver(context: TestContext): Promise<RawReceiver> {
  return receive(context, () => undefined);
}

test("a literal address is checked and dialled without asking a resolver", async (context) => {
  const { port } = await silentReceiver(context);
  const resolveName = (): never => assert.fail("asked");
  assert.equal(
    await connect(connectorOf(context, { resolveName }), port, "127.0.0.1"),
    "127.0.0.1",
  );
  assert.equal(
    await connect(connectorOf(context, { resolveName }), port, "10.0.0.1"),
    "connection",
  );
});

const badAnswers: readonly (readonly [string, readonly string[]])[] = [
  ["none", []],
  ["a bad one", ["10.0.0.1"]],
  ["a bad one after a good one", ["127.0.0.1", "169.254.169.254"]],
  ["a bad v6 one beside a good v4 one", ["127.0.0.1", "fd00::1"]],
  ["one that can't be read", ["127.0.0.1", "fe80::1%eth0"]],
  ["seventeen", Array<string>(17).fill("127.0.0.1")],
];
for (const [what, addresses] of badAnswers) {
  test(`a name whose addresses are ${what} is not connected to`, async (context) => {
    const receiver = await silentReceiver(context);
    const connector = connectorOf(context, { resolveName: () => Promise.resolve(addresses) });
    assert.equal(await connect(connector, receiver.port), "connection");
    assert.equal(receiver.sockets.length, 0);
  });
}

test("sixteen good addresses are fine", async (context) => {
  const { port } = await silentReceiver(context);
  const resolveName = (): Promise<string[]> => Promise.resolve(Array<string>(16).fill("127.0.0.1"));
  assert.equal(await connect(connectorOf(context, { resolveName }), port), "127.0.0.1");
});

test("a name that can't be resolved is told like a refused connection", async (context) => {
  const { port } = await silentReceiver(context);
  const resolveName = (): Promise<never> => Promise.reject(new Error("ENOTFOUND"));
  assert.equal(await connect(connectorOf(context, { resolveName }), port), "connection");
});

test("every connection resolves and checks anew, and dials what was checked", async (context) => {
  const receiver = await silentReceiver(context);
  const answers = [["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1"]];
  const connector = connectorOf(context, {
    resolveName: () => Promise.resolve(answers.shift() ?? assert.fail("asked too often")),
  });
  assert.equal(await connect(connector, receiver.port), "127.0.0.1");
  assert.equal(await connect(connector, receiver.port), "connection");
  assert.equal(await connect(connector, receiver.port), "127.0.0.1");
  assert.equal(receiver.sockets.length, 2);
});

test("a socket that ends at another address than was checked is closed unused", async (context) => {
  const receiver = await silentReceiver(context);
  const verdicts = ["ok", "refused"] as const;
  let checks = 0;
  const connector = connectorOf(context, {
    guard: {
      reasonAgainst: () => undefined,
      checkAddress: () => {
        checks += 1;
        return { kind: verdicts[checks - 1] ?? "refused", reason: "elsewhere" };
      },
    },
  });
  assert.equal(await connect(connector, receiver.port, "127.0.0.1"), "connection");
  assert.equal(checks, 2);
  await Promise.all(receiver.sockets.map(closed));
});

test("after a failed dial the next address has its turn", async (context) => {
  const receiver = await silentReceiver(context);
  const connector = connectorOf(context, {
    resolveName: () => Promise.resolve(["127.0.0.9", "127.0.0.1"]),
  });
  assert.equal(await connect(connector, receiver.port), "connection");
  assert.equal(await connect(connector, receiver.port), "127.0.0.1");
  assert.equal(await connect(connector, receiver.port), "127.0.0.1");
});

test("a slow resolver is waited for as long as resolving may take, whatever it does", async (context) => {
  let aborted = false;
  const connector = connectorOf(context, {
    resolveTimeoutMs: 20,
    resolveName: (_hostname, signal) => {
      signal.addEventListener("abort", () => (aborted = true));
      return never();
    },
  });
  assert.equal(await connect(connector, 1024), "connection");
  assert.equal(aborted, true);
});

test("connecting takes no longer than it may, and ends as a timeout", async (context) => {
  assert.equal(await connect(connectorOf(context, { connectTimeoutMs: 20 }), 1024), "timeout");
});

test("connects of one endpoint share a resolution under way, those of two don't", async (context) => {
  const { port } = await silentReceiver(context);
  const { promise: answer, resolve: letAnswer } = Promise.withResolvers<readonly string[]>();
  let asked = 0;
  const resolveName = (): Promise<readonly string[]> => {
    asked += 1;
    return answer;
  };
  const [one, other] = [
    connectorOf(context, { resolveName }),
    connectorOf(context, { resolveName }),
  ];
  const connects = [connect(one, port), connect(one, port), connect(other, port)];
  assert.equal(asked, 2);
  letAnswer(["127.0.0.1"]);
  assert.deepEqual(await Promise.all(connects), ["127.0.0.1", "127.0.0.1", "127.0.0.1"]);
  assert.equal(await connect(one, port), "127.0.0.1");
  assert.equal(asked, 3);
});

test("handshakes that never end hold up their endpoint's line, and no other endpoint", async (context) => {
  const [hanging, healthy] = [await silentReceiver(context), await silentReceiver(context)];
  const turns = new ConnectTurns();
  const one = connectorOf(context, { turns });
  const connects = Array.from({ length: 2 * limits.connectsInitial }, () =>
    connect(one, hanging.port, "127.0.0.1", "https:"),
  );
  const other = connectorOf(context, { turns });
  assert.equal(await connect(other, healthy.port, "127.0.0.1"), "127.0.0.1");
  assert.ok(hanging.sockets.length <= limits.connectsInitial);
  one.close();
  const outcomes = await Promise.all(connects);
  assert.deepEqual(new Set(outcomes), new Set(["connection"]));
  assert.ok(hanging.sockets.length <= limits.connectsInitial);
});

test("closing ends what is under way and refuses what comes", async (context) => {
  const connector = connectorOf(context, {});
  const underWay = connect(connector, 1024);
  connector.close();
  assert.equal(await underWay, "connection");
  assert.equal(await connect(connector, 1024), "connection");
});
