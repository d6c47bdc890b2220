import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnswerName } from "./behaviour.ts";

export interface ZooNameServer {
  /** With these, a server asks this name server and no other. */
  readonly nodeOptions: string;
  close(): void;
}

/** A name server on loopback, by UDP and TCP. @param answerOf by the first label of a name, less its `-` and number */
export async function startZooNameServer(
  answerOf: ReadonlyMap<string, AnswerName>,
): Promise<ZooNameServer> {
  const find = (query: Buffer): AnswerName | undefined => {
    const label = query.toString("latin1", 13, 13 + (query[12] ?? 0));
    return answerOf.get(label.toLowerCase().replace(/-\d+$/, "")); // c-ares varies the case
  };
  const tcp = createServer((socket) => answerTcp(socket, find));
  tcp.listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const address = tcp.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  const udp = createSocket("udp4");
  let closed = false;
  udp.on("message", (query, client) => {
    find(query)?.({ query, transport: "udp" }, (packet) => {
      if (!closed) udp.send(packet, client.port, client.address);
    });
  });
  udp.bind(address.port, "127.0.0.1");
  await once(udp, "listening");
  const module = pathToFileURL(
    join(import.meta.dirname, "../../../bench/isolation/ask-name-server.ts"),
  );
  module.searchParams.set("server", `127.0.0.1:${address.port}`);
  return {
    nodeOptions: `--import=${module.href}`,
    close: () => {
      closed = true;
      udp.close();
      tcp.close();
    },
  };
}

/** Over TCP each packet has its length in front. */
function answerTcp(socket: Socket, find: (query: Buffer) => AnswerName | undefined): void {
  let received = Buffer.alloc(0);
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const query = received.subarray(2, 2 + received.readUInt16BE(0));
      received = received.subarray(2 + query.length);
      find(query)?.({ query, transport: "tcp" }, (packet) => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(packet.length);
        socket.write(Buffer.concat([length, packet]));
      });
    }
  });
}
