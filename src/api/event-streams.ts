import type { FastifyReply } from "fastify";
import { Readable } from "node:stream";
import type { ApiServer } from "./context.ts";
import { Problem } from "./problem.ts";

/** Something that is told as it goes on. */
export interface EventStream {
  /** Server-sent events (WHATWG HTML, section 9.2), a piece of their text whenever the reader has taken the one before. */
  events(): AsyncGenerator<string, void, void>;
  /** From now on it has nothing more to tell. */
  end(): void;
}

/** Streams of one kind that are open: so many at the most, and all of them end when the server stops. */
export class EventStreams {
  readonly #openMax: number;
  readonly #open = new Set<EventStream>();

  constructor(server: ApiServer, openMax: number) {
    this.#openMax = openMax;
    server.addHook("preClose", (done) => {
      for (const stream of this.#open) stream.end();
      done();
    });
  }

  /** Answers with a stream that ends when its reader has gone. Fails with the problem `unavailable` if too many are open. */
  send(reply: FastifyReply, stream: EventStream): FastifyReply {
    if (this.#open.size >= this.#openMax) {
      throw new Problem(
        "unavailable",
        `Expected fewer than ${this.#openMax} streams to be open, got as many. Try again in 10 seconds.`,
        { retryAfterSeconds: 10 },
      );
    }
    this.#open.add(stream);
    reply.raw.once("close", () => {
      stream.end();
      this.#open.delete(stream);
    });
    return reply
      .type("text/event-stream")
      .headers({ "cache-control": "no-store", "x-accel-buffering": "no" })
      .send(Readable.from(stream.events(), { highWaterMark: 1 }));
  }
}
