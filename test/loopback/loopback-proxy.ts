/** A proxy on loopback that leads everything to one port there, whatever address it is asked for, and remembers what that was. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { TestContext } from "node:test";
import type { EgressProxy, ProxyCredentials } from "../../src/transport/egress-proxy.ts";

export interface LoopbackProxy {
  readonly proxy: EgressProxy;
  /** `ADDRESS PORT` as they came, and the credentials if there were any. */
  readonly asked: readonly string[];
}

export interface LoopbackProxyOptions {
  readonly protocol: EgressProxy["protocol"];
  /** Where it leads; undefined: nowhere, everybody is refused. */
  readonly port: number | undefined;
  /** For `https:`. */
  readonly tls?: TlsOptions;
  readonly credentials?: ProxyCredentials;
}

export async function startProxy(
  context: TestContext,
  { protocol, port, tls, credentials }: LoopbackProxyOptions,
): Promise<LoopbackProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const lead = async (socket: Socket): Promise<void> => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    const session = protocol === "socks5:" ? askedBySocks(socket) : askedByConnect(socket);
    const { place, yes, no } = await session;
    asked.push(place);
    if (port === undefined) {
      socket.end(no);
      return;
    }
    const onward = connect(port, "127.0.0.1");
    sockets.add(onward);
    onward.on("error", () => socket.destroy());
    await once(onward, "connect");
    socket.write(yes);
    socket.pipe(onward).pipe(socket);
  };
  const onSocket = (socket: Socket): void => void lead(socket).catch(() => socket.destroy());
  const server: Server =
    tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port: own } = server.address() as AddressInfo; // a TCP server that listens has one
  return { proxy: { protocol, host: "127.0.0.1", port: own, credentials }, asked };
}

interface Session {
  readonly place: string;
  readonly yes: Uint8Array;
  readonly no: Uint8Array;
}

async function askedByConnect(socket: Socket): Promise<Session> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) head += String(await nextChunk(socket));
  const [, address = "", port = ""] = /^CONNECT (.+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
  const [, basic] = /\r\nProxy-Authorization: Basic (.+)\r\n/.exec(head) ?? [];
  const user = basic === undefined ? "" : ` ${Buffer.from(basic, "base64").toString()}`;
  const answer = (line: string): Buffer => Buffer.from(`HTTP/1.1 ${line}\r\nVia: a\r\n\r\n`);
  return { place: `${address} ${port}${user}`, yes: answer("200 OK"), no: answer("403 No") };
}

async function askedBySocks(socket: Socket): Promise<Session> {
  const [, , method = 0] = await nextChunk(socket);
  socket.write(Buffer.from([5, method]));
  let user = "";
  if (method === 2) {
    const given = await nextChunk(socket);
    const [name, password] = [
      given.subarray(2, 2 + (given[1] ?? 0)),
      given.subarray(3 + (given[1] ?? 0)),
    ];
    user = ` ${name.toString()}:${password.toString()}`;
    socket.write(Buffer.from([1, 0]));
  }
  const request = await nextChunk(socket);
  const address =
    request[3] === 1
      ? request.subarray(4, 8).join(".")
      : (request.toString("hex", 4, 20).match(/.{4}/g)?.join(":") ?? "");
  const place = `${address} ${request.readUInt16BE(request.length - 2)}${user}`;
  // The bound address is told as a name, which is the longest way to say it.
  const yes = Buffer.from([5, 0, 0, 3, 4, ...Buffer.from("here"), 0, 80]);
  return { place, yes, no: Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0]) };
}

async function nextChunk(socket: Socket): Promise<Buffer> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk;
}
