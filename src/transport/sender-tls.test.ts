import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { createSecureContext, TLSSocket } from "node:tls";
import {
  destinationOf,
  requestOf,
  seen,
  startSender,
} from "../../test/loopback/loopback-sender.ts";
import { answerWith, startRawReceiver, type Answer } from "../../test/loopback/raw-receiver.ts";
import { endpointKeyOf } from "../core/ids.ts";

const folder = new URL("../../test/loopback/tls/", import.meta.url);
const key = readFileSync(new URL("key.pem", folder));
const certificate = readFileSync(new URL("certificate.pem", folder));
const expired = readFileSync(new URL("expired-certificate.pem", folder));
const trusting = {
  secureContext: createSecureContext({ ca: [certificate, expired] }),
  resolveName: () => Promise.resolve(["127.0.0.1"]),
};

/** What a receiver saw of the connection of each request. */
interface Seen {
  readonly alpnProtocol: TLSSocket["alpnProtocol"];
  readonly servername: unknown;
  readonly sessionReused: boolean;
}

async function receiveTls(
  context: TestContext,
  { cert = certificate, host = "127.0.0.1" }: { cert?: Buffer; host?: string } = {},
): Promise<{ readonly port: number; readonly seenOf: readonly Seen[] }> {
  const seenOf: Seen[] = [];
  const answer: Answer = (socket, request) => {
    assert(socket instanceof TLSSocket);
    const servername = "servername" in socket ? socket.servername : undefined; // not in Node's types
    const sessionReused = socket.isSessionReused();
    seenOf.push({ alpnProtocol: socket.alpnProtocol, servername, sessionReused });
    answerWith("200 OK", "", "connection: close\r\n")(socket, request);
  };
  const tls = { key, cert, ALPNProtocols: ["h2", "http/1.1"] };
  const receiver = await startRawReceiver(answer, { tls, host });
  context.after(() => receiver.close());
  return { port: receiver.port, seenOf };
}

test("a certificate for the endpoint's name is accepted, and HTTP/2 is never spoken", async (context) => {
  const receiver = await receiveTls(context);
  const sender = startSender(context, trusting);
  for (const host of ["hooks.example.com", "hooks.example.com.", "127.0.0.1"]) {
    const url = `https://${host}:${receiver.port}/`;
    assert.equal(seen(await sender.send(requestOf(destinationOf(receiver.port, { url })))), "200 ");
  }
  assert.deepEqual(
    receiver.seenOf.map(({ alpnProtocol, servername }) => [alpnProtocol, servername]),
    [
      ["http/1.1", "hooks.example.com"],
      ["http/1.1", "hooks.example.com"],
      ["http/1.1", false],
    ],
  );
});

test("an endpoint takes up its own TLS session again and never another's", async (context) => {
  const receiver = await receiveTls(context);
  const sender = startSender(context, trusting);
  const url = `https://hooks.example.com:${receiver.port}/`;
  for (const endpoint of [1, 1, 2]) {
    const destination = destinationOf(receiver.port, { url, endpoint: endpointKeyOf(endpoint) });
    assert.equal(seen(await sender.send(requestOf(destination))), "200 ");
  }
  assert.deepEqual(
    receiver.seenOf.map(({ sessionReused }) => sessionReused),
    [false, true, false],
  );
});

interface Refusal {
  readonly what: string;
  readonly host: string;
  readonly cert: Buffer;
  readonly trusted: boolean;
}

const refusals: readonly Refusal[] = [
  { what: "that nobody trusts", host: "hooks.example.com", cert: certificate, trusted: false },
  { what: "for another name", host: "other.example.com", cert: certificate, trusted: true },
  { what: "for another address", host: "127.0.0.2", cert: certificate, trusted: true },
  { what: "that has expired", host: "hooks.example.com", cert: expired, trusted: true },
];
for (const { what, host, cert, trusted } of refusals) {
  test(`a certificate ${what} is refused before anything is sent`, async (context) => {
    const named = host.endsWith(".com");
    const receiver = await receiveTls(context, { cert, host: named ? "127.0.0.1" : host });
    const { resolveName, secureContext } = trusting;
    const sender = startSender(context, { resolveName, ...(trusted ? { secureContext } : {}) });
    const url = `https://${host}:${receiver.port}/`;
    const outcome = await sender.send(requestOf(destinationOf(receiver.port, { url })));
    assert.equal(seen(outcome), "certificate");
    assert.equal(receiver.seenOf.length, 0);
  });
}

test("an endpoint that speaks no TLS fails as one with a bad certificate", async (context) => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const url = `https://127.0.0.1:${port}/`;
  const attempt = startSender(context).send(requestOf(destinationOf(port, { url })));
  assert.equal(seen(await attempt), "certificate");
});
