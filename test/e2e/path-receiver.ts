import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { within } from "./within.ts";

interface Request {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

type Answer = (
  request: Request,
  count: number,
) => {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
};

/** Answers by path; `requests` gives what arrived at a path, as soon as there is so much of it. */
export class PathReceiver {
  readonly #answers = new Map<string, Answer>();
  readonly #arrived = new Map<string, Request[]>();
  readonly #server: Server;
  #onArrival = Promise.withResolvers<void>();

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const path = request.url ?? "";
        const arrived = this.#arrived.get(path) ?? [];
        this.#arrived.set(path, arrived);
        const one = { path, headers: request.headers, body: Buffer.concat(chunks) };
        arrived.push(one);
        const answer = this.#answers.get(path)?.(one, arrived.length) ?? { status: 200 };
        response
          .writeHead(answer.status, answer.headers)
          .end(answer.body ?? `answer ${arrived.length}`);
        this.#onArrival.resolve();
        this.#onArrival = Promise.withResolvers();
      });
    });
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  url(path: string): string {
    const address = this.#server.address();
    assert.ok(typeof address === "object" && address !== null);
    return `http://127.0.0.1:${address.port}${path}`;
  }

  answer(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
  }

  count(path: string): number {
    return this.#arrived.get(path)?.length ?? 0;
  }

  async requests(path: string, count: number): Promise<readonly Request[]> {
    const enough = async (): Promise<readonly Request[]> => {
      for (;;) {
        const arrived = this.#arrived.get(path) ?? [];
        if (arrived.length >= count) return arrived;
        await this.#onArrival.promise;
      }
    };
    return within(enough(), 20_000, `${count} requests at ${path}`);
  }
}
