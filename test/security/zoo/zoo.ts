import { once } from "node:events";
import type { Server, Socket } from "node:net";
import type { AnswerName, Behaviour } from "./behaviour.ts";
import { startZooNameServer } from "./zoo-name-server.ts";

export type ZooPorts = ReadonlyMap<string, number>;

/** All behaviours at once. */
export interface Zoo {
  /** Of the server that is to meet them. */
  readonly nodeOptions: string;
  /** Where each server listens, by the name of its behaviour. */
  readonly ports: ZooPorts;
  close(): void;
}

/** Those who never read don't learn that the other side has gone. Longer than any attempt that meets them. */
const socketMsMax = 20_000;

/** @param visitor a number, so that each can have a URL, or a name, of its own */
export function zooUrlOf(ports: ZooPorts, { name, place }: Behaviour, visitor: number): string {
  return place.kind === "name"
    ? `http://${name}-${visitor}.example.com/hook`
    : `${place.scheme}://127.0.0.1:${ports.get(name)}/hook/${visitor}`;
}

export async function openZoo(behaviours: readonly Behaviour[]): Promise<Zoo> {
  const ports = new Map<string, number>();
  const names = new Map<string, AnswerName>();
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  for (const { name, place } of behaviours) {
    if (place.kind === "name") {
      names.set(name, place.answerName);
      continue;
    }
    const server = place.create();
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      const end = setTimeout(() => socket.destroy(), socketMsMax).unref();
      socket.once("close", () => {
        clearTimeout(end);
        sockets.delete(socket);
      });
    });
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("not listening on a port");
    ports.set(name, address.port);
    servers.push(server);
  }
  const nameServer = await startZooNameServer(names);
  return {
    nodeOptions: nameServer.nodeOptions,
    ports,
    close: () => {
      nameServer.close();
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
