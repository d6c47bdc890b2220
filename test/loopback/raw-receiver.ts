/** A receiver on loopback that answers with any bytes it likes, for what no HTTP server would do. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

export interface ReceivedRequest {
  /** Lower-case names, in the order they came. */
  readonly headers: ReadonlyMap<string, string>;
  /** Method, path and version. */
  readonly requestLine: string;
  readonly body: Buffer;
  /** Of the connection it came on, from 0. */
  readonly connection: number;
}

export type Answer = (socket: Socket, request: ReceivedRequest) => void;

export interface RawReceiver {
  readonly port: number;
  /** All complete requests so far. */
  readonly requests: readonly ReceivedRequest[];
  /** All connections so far, open or not. */
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

/** Calls `answer` for every complete request. With `tls` it speaks TLS; `host` is a loopback address. */
export async function startRawReceiver(
  answer: Answer,
  { tls, host = "127.0.0.1" }: { tls?: TlsOptions; host?: string } = {},
): Promise<RawReceiver> {
  const requests: ReceivedRequest[] = [];
  const sockets: Socket[] = [];
  const onConnection = (socket: Socket): void => {
    const connection = sockets.push(socket) - 1;
    let received: Buffer = Buffer.alloc(0);
    socket.on("error", () => undefined); // clients reset connections at will
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (let next = takeRequest(received); next !== undefined; next = takeRequest(received)) {
        received = next.rest;
        const request = { ...next.request, connection };
        requests.push(request);
        answer(socket, request);
      }
    });
  };
  const server: Server =
    tls === undefined ? createServer(onConnection) : createTlsServer(tls, onConnection);
  server.on("tlsClientError", () => undefined); // as clients refuse certificates
  server.listen(0, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    requests,
    sockets,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, "close");
    },
  };
}

/** An answer with a body and its length. */
export function answerWith(status: string, body = "", headers = ""): Answer {
  const bytes = Buffer.byteLength(body);
  return (socket) => {
    socket.write(`HTTP/1.1 ${status}\r\ncontent-length: ${bytes}\r\n${headers}\r\n${body}`);
  };
}

/** Resolves when the connection is closed, by an error too. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once("close", () => resolve());
  });
}

/** Calls back every 10 ms until the socket is closed. */
export function drip(socket: Socket, send: () => void): void {
  const timer = setInterval(send, 10);
  socket.once("close", () => clearInterval(timer));
}

function takeRequest(
  received: Buffer,
): { request: Omit<ReceivedRequest, "connection">; rest: Buffer } | undefined {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [requestLine = "", ...lines] = received.toString("latin1", 0, headEnd).split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const bodyStart = headEnd + 4;
  const bodyEnd = bodyStart + Number(headers.get("content-length") ?? 0);
  if (received.length < bodyEnd) return undefined;
  const body = received.subarray(bodyStart, bodyEnd);
  return { request: { requestLine, headers, body }, rest: received.subarray(bodyEnd) };
}
