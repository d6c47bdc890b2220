/** Listens at every address on many ports, answers every request with 200, and remembers where it was called. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export class Canary {
  readonly #servers: Server[] = [];
  readonly #calls: string[] = [];
  readonly #sockets = new Set<Socket>();

  /** @param ports those that can't be listened on are left out */
  static async start(ports: readonly number[]): Promise<Canary> {
    const canary = new Canary();
    for (const port of ports) await canary.#listen(port);
    return canary;
  }

  get ports(): readonly number[] {
    return this.#servers.map((server) => (server.address() as AddressInfo).port); // a TCP server that listens has one
  }

  /** `ADDRESS PORT` of each connection since the last time, in the order of their coming. */
  takeCalls(): readonly string[] {
    return this.#calls.splice(0);
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #listen(port: number): Promise<void> {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { "content-length": 0 }).end();
    });
    server.on("connection", (socket) => {
      this.#calls.push(
        `${socket.localAddress?.replace(/^::ffff:(?=[\d.]+$)/, "")} ${socket.localPort}`,
      );
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.listen(port, "::");
    await once(server, "listening");
    this.#servers.push(server);
  }
}
