/** Certificates that are not to be accepted, and handshakes that stall, break off or drip at each of their steps. */
import { connect, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { TlsFailure } from "../../../src/core/delivery.ts";
import { readTlsFile } from "../../loopback/tls/read-tls-file.ts";
import { type Behaviour, dripMs, every, type Place, tcpServer, writes } from "./behaviour.ts";

const authority = readTlsFile("authority.pem");
const key = readTlsFile("key.pem");
const cert = readTlsFile("issued-certificate.pem");

const certificates: readonly (readonly [name: string, TlsFailure, TlsOptions])[] = [
  ["expired", "certificate-expired", { cert: readTlsFile("expired-issued-certificate.pem") }],
  [
    "not-yet-valid",
    "certificate-not-yet-valid",
    { cert: readTlsFile("not-yet-valid-certificate.pem") },
  ],
  ["other-name", "certificate-other-name", { cert: readTlsFile("other-name-certificate.pem") }],
  ["self-signed", "certificate-self-signed", { cert: readTlsFile("certificate.pem") }],
  [
    "for-clients",
    "certificate",
    { cert: readTlsFile("client-certificate.pem"), key: readTlsFile("client-key.pem") },
  ],
];

export const badCertificates: readonly Behaviour[] = [
  ...certificates.map(([name, comesTo, options]) => ({
    name: `certificate-${name}`,
    comesTo,
    place: tlsPlace(() => tlsServer(options)),
  })),
  {
    name: "certificate-of-nobody",
    comesTo: "certificate-unknown-authority",
    place: { kind: "server", scheme: "https", create: () => tlsServer({}) },
  },
  {
    name: "certificate-chain-of-100",
    comesTo: "certificate-expired",
    place: tlsPlace(() =>
      tlsServer({ cert: readTlsFile("expired-issued-certificate.pem") + authority.repeat(100) }),
    ),
  },
  {
    name: "wants-a-client-certificate",
    comesTo: "client-certificate",
    place: tlsPlace(() => tlsServer({ requestCert: true, ca: authority, minVersion: "TLSv1.3" })),
  },
  {
    name: "tls-1-0-alone",
    comesTo: "handshake",
    place: tlsPlace(() =>
      tlsServer({ minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "ALL@SECLEVEL=0" }),
    ),
  },
  {
    name: "http-2-alone",
    comesTo: "handshake",
    place: tlsPlace(() => tlsServer({ ALPNProtocols: ["h2"] })),
  },
];

/** Bytes of the server that get through: none, half a record's head, half of the first record, all but its end. */
const steps: readonly (readonly [name: string, bytes: number])[] = [
  ["before-the-first-byte", 0],
  ["in-the-first-record-head", 3],
  ["in-the-server-hello", 60],
  ["in-the-certificate", 400],
];

export const cutHandshakes: readonly Behaviour[] = [
  ...steps.flatMap(([step, bytes]): readonly Behaviour[] => [
    { name: `tls-stalls-${step}`, comesTo: "timeout", place: cutting(bytes, "stalls") },
    { name: `tls-resets-${step}`, comesTo: "connection", place: cutting(bytes, "resets") },
  ]),
  {
    name: "tls-stalls-before-finished",
    comesTo: "timeout",
    place: cutting(800, "stalls", "TLSv1.2"),
  },
  {
    name: "tls-resets-before-finished",
    comesTo: "connection",
    place: cutting(800, "resets", "TLSv1.2"),
  },
  {
    name: "tls-stalls-after-the-handshake",
    comesTo: "timeout",
    place: tlsPlace(() => tlsServer({})),
  },
  { name: "tls-drips-its-handshake", comesTo: "timeout", place: tlsPlace(() => relay(dripFrom)) },
  {
    name: "tls-that-is-http",
    comesTo: "handshake",
    place: speaking("HTTP/1.1 400 Bad Request\r\n\r\n"),
  },
  {
    name: "tls-that-is-junk",
    comesTo: "handshake",
    place: speaking("\x16\x03\x03\xff\xff".repeat(5_000)),
  },
  {
    name: "tls-that-is-an-alert",
    comesTo: "handshake",
    place: speaking("\x15\x03\x03\0\x02\x02\x28"),
  },
  {
    name: "tls-that-echoes",
    comesTo: "handshake",
    place: tlsPlace(() => tcpServer((socket) => socket.pipe(socket))),
  },
  {
    name: "tls-answers-byte-by-byte",
    comesTo: "timeout",
    place: tlsPlace(() =>
      tlsServer({}, (socket) => {
        const letters = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".split("");
        socket.once("data", () => every(socket, dripMs, () => socket.write(letters.shift() ?? "")));
      }),
    ),
  },
  {
    name: "tls-and-a-good-answer",
    comesTo: 200,
    place: tlsPlace(() => tlsServer({}, writes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"))),
  },
];

function tlsPlace(create: () => Server): Place {
  return { kind: "server", scheme: "https", authorities: authority, create };
}

function tlsServer(
  options: TlsOptions,
  onConnection: (socket: Socket) => void = (socket) => socket.resume(),
): Server {
  const server = createTlsServer({ cert, key, ...options }, (socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  return server.on("tlsClientError", () => undefined); // as clients refuse certificates
}

/** A TLS server of which only the first bytes get through. */
function cutting(
  bytes: number,
  then: "stalls" | "resets",
  version: "TLSv1.2" | "TLSv1.3" = "TLSv1.3",
): Place {
  const forward = (from: Socket, to: Socket): void => {
    let left = bytes;
    from.on("data", (chunk: Buffer) => {
      if (left > 0) to.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0 && then === "resets") setTimeout(() => to.resetAndDestroy(), 20);
    });
  };
  return tlsPlace(() => relay(forward, version));
}

function dripFrom(from: Socket, to: Socket): void {
  const waiting: Buffer[] = [];
  from.on("data", (chunk: Buffer) => waiting.push(chunk));
  let sent = 0;
  every(to, dripMs, () => {
    const all = Buffer.concat(waiting);
    to.write(all.subarray(sent, sent + 1));
    sent += 1;
  });
}

/** @param forward what becomes of the server's bytes; the client's get through as they are */
function relay(
  forward: (from: Socket, to: Socket) => void,
  version: "TLSv1.2" | "TLSv1.3" = "TLSv1.3",
): Server {
  const server = tlsServer({ minVersion: version, maxVersion: version });
  server.listen(0, "127.0.0.1");
  const front = tcpServer((client) => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("not listening on a port");
    const inner = connect(address.port, "127.0.0.1").on("error", () => undefined);
    client.pipe(inner);
    forward(inner, client);
    client.once("close", () => inner.destroy());
  });
  return front.once("close", () => server.close());
}

/** Something that is no TLS, as soon as somebody has said something. */
function speaking(text: string): Place {
  return tlsPlace(() =>
    tcpServer((socket) => {
      socket.once("data", () => socket.write(text, "latin1"));
    }),
  );
}
