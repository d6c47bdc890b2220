import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as requestTo, type Server } from "node:http";

export interface Recorded {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
}

/** Passes requests on as they are, and remembers which they were and how each was answered. */
export class RecordingProxy {
  readonly recorded: Recorded[] = [];
  readonly #server: Server;

  /** @param target such as `http://127.0.0.1:8071` */
  constructor(target: string) {
    this.#server = createServer((incoming, outgoing) => {
      const { method = "", url = "", headers } = incoming;
      const passed = requestTo(new URL(url, target), { method, headers }, (answer) => {
        const status = answer.statusCode ?? 0;
        this.recorded.push({ method, path: url.split("?")[0] ?? "", status });
        outgoing.writeHead(status, answer.headers);
        answer.pipe(outgoing);
      });
      passed.on("error", () => outgoing.destroy());
      incoming.pipe(passed);
    });
  }

  /** Resolves to its own address. */
  async start(): Promise<string> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    const address = this.#server.address();
    assert.ok(typeof address === "object" && address !== null);
    return `http://127.0.0.1:${address.port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
