import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createSecureContext, type TlsOptions, TLSSocket } from "node:tls";
import {
  destinationOf,
  requestOf,
  seen,
  startSender,
} from "../../test/loopback/loopback-sender.ts";
import { answerWith, startRawReceiver, type Answer } from "../../test/loopback/raw-receiver.ts";
import { readTlsFile } from "../../test/loopback/tls/read-tls-file.ts";
import type { TlsFailure } from "../core/delivery.ts";
import { endpointKeyOf } from "../core/ids.ts";
import type { TlsSettings } from "../core/tls-settings.ts";

const authority = readTlsFile("authority.pem");
const key = readTlsFile("key.pem");
const certificate = readTlsFile("certificate.pem");
const expired = readTlsFile("expired-certificate.pem");
const trusting = {
  secureContext: createSecureContext({ ca: [certificate, expired] }),
  resolveName: () => Promise.resolve(["127.0.0.1"]),
};

/** What a receiver saw of the connection of each request. */
interface Seen {
  readonly connection: number;
  readonly alpnProtocol: TLSSocket["alpnProtocol"];
  readonly servername: unknown;
  readonly sessionReused: boolean;
  /** The common name of its certificate. */
  readonly client: unknown;
}

interface TlsReceiver extends TlsOptions {
  readonly host?: string;
  /** For more than one request. */
  readonly keepsOpen?: boolean;
}

async function receiveTls(
  context: TestContext,
  { host = "127.0.0.1", keepsOpen = false, ...tls }: TlsReceiver = { cert: certificate, key },
): Promise<{ readonly port: number; readonly seenOf: readonly Seen[] }> {
  const seenOf: Seen[] = [];
  const answer: Answer = (socket, request) => {
    assert(socket instanceof TLSSocket);
    seenOf.push({
      connection: request.connection,
      alpnProtocol: socket.alpnProtocol,
      servername: "servername" in socket ? socket.servername : undefined, // not in Node's types
      sessionReused: socket.isSessionReused(),
      client: socket.getPeerCertificate().subject?.CN,
    });
    answerWith("200 OK", "", keepsOpen ? "" : "connection: close\r\n")(socket, request);
  };
  const options = { ALPNProtocols: ["h2", "http/1.1"], ...tls };
  const receiver = await startRawReceiver(answer, { tls: options, host });
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
  readonly reason: TlsFailure;
  readonly host?: string;
  readonly cert: string;
  readonly trusted?: string;
}

const issued = readTlsFile("issued-certificate.pem");
const refusals: readonly Refusal[] = [
  { what: "that it signed itself", reason: "certificate-self-signed", cert: certificate },
  {
    what: "of an authority that nobody trusts",
    reason: "certificate-unknown-authority",
    cert: issued,
  },
  {
    what: "with such an authority beside it",
    reason: "certificate-unknown-authority",
    cert: issued + authority,
  },
  {
    what: "for another name",
    reason: "certificate-other-name",
    host: "other.example.com",
    cert: certificate,
    trusted: certificate,
  },
  {
    what: "for another address",
    reason: "certificate-other-name",
    host: "127.0.0.2",
    cert: issued,
    trusted: authority,
  },
  {
    what: "that has expired",
    reason: "certificate-expired",
    cert: readTlsFile("expired-issued-certificate.pem"),
    trusted: authority,
  },
  {
    what: "that is not valid yet",
    reason: "certificate-not-yet-valid",
    cert: readTlsFile("not-yet-valid-certificate.pem"),
    trusted: authority,
  },
  {
    what: "that is for clients",
    reason: "certificate",
    cert: readTlsFile("client-certificate.pem"),
    trusted: authority,
  },
];
for (const { what, reason, host = "hooks.example.com", cert, trusted } of refusals) {
  test(`a certificate ${what} is refused before anything is sent: ${reason}`, async (context) => {
    const named = host.endsWith(".com");
    const key = readTlsFile(reason === "certificate" ? "client-key.pem" : "key.pem");
    const receiver = await receiveTls(context, { cert, key, host: named ? "127.0.0.1" : host });
    const sender = startSender(context, { resolveName: trusting.resolveName });
    const url = `https://${host}:${receiver.port}/`;
    const tls = trusted === undefined ? undefined : { authorities: trusted, client: undefined };
    const outcome = await sender.send(requestOf(destinationOf(receiver.port, { url, tls })));
    assert.equal(seen(outcome), reason);
    assert.equal(receiver.seenOf.length, 0);
  });
}

const client = {
  chain: readTlsFile("client-certificate.pem"),
  privateKey: readTlsFile("client-key.pem"),
};
const url = (port: number): string => `https://hooks.example.com:${port}/`;

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`an endpoint that wants a client certificate gets its own, by ${version}`, async (context) => {
    const receiver = await receiveTls(context, {
      cert: issued,
      key,
      ca: authority,
      requestCert: true,
      minVersion: version,
      maxVersion: version,
    });
    const sender = startSender(context, trusting);
    const send = async (tls: TlsSettings | undefined): Promise<string> => {
      const changes = { url: url(receiver.port), tls };
      return seen(await sender.send(requestOf(destinationOf(receiver.port, changes))));
    };
    // Before TLS 1.3 there was no alert for a certificate that is missing.
    const missing = version === "TLSv1.3" ? "client-certificate" : "handshake";
    assert.equal(await send({ authorities: authority, client: undefined }), missing);
    // Node's server sends no alert for one that it does not trust, it closes.
    const stranger = { chain: certificate, privateKey: key };
    assert.equal(await send({ authorities: authority, client: stranger }), "connection");
    assert.equal(receiver.seenOf.length, 0);
    assert.equal(await send({ authorities: authority, client }), "200 ");
    assert.deepEqual(
      receiver.seenOf.map(({ client: name }) => name),
      ["Posthorn test client"],
    );
  });
}

test("an authority of its own is the only one that an endpoint's certificate may be of", async (context) => {
  const receiver = await receiveTls(context);
  const sender = startSender(context, trusting);
  const usual = { url: url(receiver.port), tls: undefined };
  assert.equal(seen(await sender.send(requestOf(destinationOf(receiver.port, usual)))), "200 ");
  const own = { ...usual, tls: { authorities: authority, client: undefined } };
  assert.equal(
    seen(await sender.send(requestOf(destinationOf(receiver.port, own)))),
    "certificate-self-signed",
  );
});

test("with other TLS settings nothing goes over the connections of before", async (context) => {
  const receiver = await receiveTls(context, { cert: issued, key, keepsOpen: true });
  const sender = startSender(context, trusting);
  const send = async (tls: TlsSettings): Promise<void> => {
    const changes = { url: url(receiver.port), tls };
    assert.equal(seen(await sender.send(requestOf(destinationOf(receiver.port, changes)))), "200 ");
  };
  await send({ authorities: authority, client: undefined });
  await nextTurn(); // undici takes a connection again one turn after its answer
  await send({ authorities: authority, client: undefined });
  await nextTurn();
  await send({ authorities: authority + certificate, client: undefined });
  assert.deepEqual(
    receiver.seenOf.map(({ connection, sessionReused }) => [connection, sessionReused]),
    [
      [0, false],
      [0, false],
      [1, false],
    ],
  );
});

test("two endpoints of one host have their own connections and client certificates", async (context) => {
  const receiver = await receiveTls(context, {
    cert: issued,
    key,
    ca: [authority, certificate],
    requestCert: true,
    keepsOpen: true,
  });
  const sender = startSender(context, trusting);
  const identities = [client, { chain: certificate, privateKey: key }];
  for (const endpoint of [0, 1, 0, 1]) {
    const destination = destinationOf(receiver.port, {
      endpoint: endpointKeyOf(endpoint + 1),
      url: url(receiver.port),
      tls: { authorities: authority, client: identities[endpoint] },
    });
    assert.equal(seen(await sender.send(requestOf(destination))), "200 ");
    await nextTurn();
  }
  assert.deepEqual(
    receiver.seenOf.map(({ connection, client: name }) => [connection, name]),
    [
      [0, "Posthorn test client"],
      [1, "hooks.example.com"],
      [0, "Posthorn test client"],
      [1, "hooks.example.com"],
    ],
  );
});

test("settings that TLS takes no longer fail the attempt", async (context) => {
  const receiver = await receiveTls(context);
  const sender = startSender(context, trusting);
  const tls = { authorities: undefined, client: { ...client, privateKey: "gone" } };
  const changes = { url: url(receiver.port), tls };
  assert.equal(
    seen(await sender.send(requestOf(destinationOf(receiver.port, changes)))),
    "handshake",
  );
});

test("an endpoint that speaks no TLS fails in the handshake", async (context) => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const url = `https://127.0.0.1:${port}/`;
  const attempt = startSender(context).send(requestOf(destinationOf(port, { url })));
  assert.equal(seen(await attempt), "handshake");
});
