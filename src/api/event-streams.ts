/** Server-sent events (WHATWG HTML, section 9.2) that go on until there are enough of them, their time is over, or somebody leaves. */
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { ApiServer } from "./context.ts";
import { Problem } from "./problem.ts";

export interface EventStreamsOptions {
  /** Streams that are open at once. */
  readonly openMax: number;
  /** After which one ends, so that whoever goes on shows a credential that is still valid. */
  readonly msMax: number;
  /** After which a silent one says that it is alive, as proxies close what says nothing. */
  readonly silenceMsMax: number;
}

/** What is to be told. A slow reader gets what there is by then, in one event. */
export interface EventSource {
  /** Asked once, before anything is taken. `wake` is to be called when there is something, `end` when nothing more will come. */
  readonly begin: (wake: () => void, end: () => void) => { stop(): void };
  /** What there is, at first, and then what has come since the last call; undefined: nothing. */
  readonly take: () => object | undefined;
}

export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #open = new Set<() => void>();

  constructor(server: ApiServer, options: EventStreamsOptions) {
    this.#options = options;
    server.addHook("preClose", (done) => {
      for (const end of this.#open) end();
      done();
    });
  }

  /**
   * @param countMax events after which it ends
   * @throws Problem `unavailable`
   */
  send(reply: FastifyReply, source: EventSource, countMax = Infinity): FastifyReply {
    const { openMax, msMax } = this.#options;
    if (this.#open.size >= openMax) {
      const detail = `Expected fewer than ${openMax} streams to be open, got as many. Try again in 10 seconds.`;
      throw new Problem("unavailable", detail, { retryAfterSeconds: 10 });
    }
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, msMax);
    this.#open.add(end);
    reply.raw.once("close", () => {
      end();
      clearTimeout(timer);
      this.#open.delete(end);
    });
    return reply
      .type("text/event-stream")
      .headers({ "cache-control": "no-store", "x-accel-buffering": "no" })
      .send(Readable.from(this.#texts(source, countMax, ending), { highWaterMark: 1 }));
  }

  async *#texts(
    source: EventSource,
    countMax: number,
    ending: AbortController,
  ): AsyncGenerator<string, void, void> {
    let wake = (): void => {};
    ending.signal.addEventListener("abort", () => wake());
    const watching = source.begin(
      () => wake(),
      () => ending.abort(),
    );
    try {
      for (let count = 0; count < countMax && !ending.signal.aborted;) {
        const event = source.take();
        if (event === undefined) {
          if ((await this.#silence((listener) => (wake = listener))) === "long")
            yield ": nothing new\n\n";
        } else {
          count += 1;
          yield `data: ${JSON.stringify(event)}\n\n`;
        }
      }
    } finally {
      watching.stop();
    }
  }

  /** `long`: nothing has woken it for so long that the stream has to say something. */
  #silence(onWake: (wake: () => void) => void): Promise<"over" | "long"> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.silenceMsMax, "long");
      onWake(() => {
        clearTimeout(timer);
        resolve("over");
      });
    });
  }
}
