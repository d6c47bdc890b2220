import type { EventStream } from "./event-streams.ts";

export interface EventSourceOptions {
  /** After which it ends, so that whoever goes on shows a credential that is still valid. */
  readonly msMax: number;
  /** After which it says that it is alive if there is nothing new, as proxies close what says nothing. */
  readonly silenceMsMax: number;
  /** Events after which it ends. */
  readonly countMax: number;
}

/** What is to be told. A slow reader gets what there is by then, in one event. */
export interface EventSource {
  /** Asked once, before anything is taken. `wake` is to be called when there is something, `end` when nothing more will come. */
  readonly begin: (wake: () => void, end: () => void) => { stop(): void };
  /** What there is, at first, and then what has come since the last call; undefined: nothing. */
  readonly take: () => object | undefined;
}

/** An event whenever the source has something, until there were enough of them, or its time is over. */
export class EventSourceStream implements EventStream {
  readonly #source: EventSource;
  readonly #options: EventSourceOptions;
  readonly #ending = new AbortController();

  constructor(source: EventSource, options: EventSourceOptions) {
    this.#source = source;
    this.#options = options;
  }

  end(): void {
    this.#ending.abort();
  }

  async *events(): AsyncGenerator<string, void, void> {
    const { signal } = this.#ending;
    const end = (): void => this.end();
    let wake = (): void => {};
    signal.addEventListener("abort", () => wake());
    const timer = setTimeout(end, this.#options.msMax);
    const watching = this.#source.begin(() => wake(), end);
    try {
      for (let count = 0; count < this.#options.countMax && !signal.aborted;) {
        const event = this.#source.take();
        if (event === undefined) {
          if ((await this.#silence((listener) => (wake = listener))) === "long")
            yield ": nothing new\n\n";
        } else {
          count += 1;
          yield `data: ${JSON.stringify(event)}\n\n`;
        }
      }
    } finally {
      clearTimeout(timer);
      watching.stop();
    }
  }

  /** `long`: nothing has woken it for so long that it has to say something. */
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
