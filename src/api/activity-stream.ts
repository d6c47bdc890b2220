import { limits } from "../core/limits.ts";
import type { AcceptedMessage, Activity } from "../director/activity.ts";
import type { EndedAttempt } from "../director/ports.ts";
import type { Traffic } from "../director/traffic.ts";
import type { EventStream } from "./event-streams.ts";

/** What a stream is about. */
export interface ActivityView {
  /** What is told of a message; undefined: the stream is not about it. */
  messageOut(message: AcceptedMessage): object | undefined;
  /** The same of an attempt. */
  attemptOut(attempt: EndedAttempt): object | undefined;
}

export interface ActivityStreamOptions {
  readonly activity: Activity;
  /** Its samples are the stream's clock. */
  readonly traffic: Pick<Traffic, "onSample">;
  readonly nowMs: () => number;
  readonly view: ActivityView;
  /** Asked at every heartbeat: the stream ends if its reader may not read any more. */
  readonly isStillAllowed: () => Promise<boolean>;
  /** Events after which it ends. */
  readonly countMax: number;
}

interface Told {
  readonly event: "message" | "attempt";
  readonly out: object;
}

/**
 * What happens to messages, told while it does:
 *
 *     begun ──▶ message │ attempt ──▶ … ──▶ dropped (how many were left out) ──▶ …
 *
 * Whoever reads slowly makes nobody wait and costs no memory: `limits.activityWaitingMax` wait to be read, and what comes
 * then is counted and left out.
 */
export class ActivityStream implements EventStream {
  readonly #options: ActivityStreamOptions;
  #waiting: Told[] = [];
  #dropped = 0;
  #heartbeatAtMs: number;
  #ended = false;
  #wake = (): void => {};

  constructor(options: ActivityStreamOptions) {
    this.#options = options;
    this.#heartbeatAtMs = options.nowMs() + limits.activityHeartbeatMs;
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *events(): AsyncGenerator<string, void, void> {
    const { activity, traffic, nowMs, view, isStillAllowed, countMax } = this.#options;
    const watching = activity.watch({
      accepted: (message) => this.#offer("message", view.messageOut(message)),
      attempted: (attempt) => this.#offer("attempt", view.attemptOut(attempt)),
    });
    const ticking = traffic.onSample(() => {
      if (nowMs() >= this.#heartbeatAtMs) this.#wake();
    });
    try {
      yield textOf("begun", { at: new Date(nowMs()).toISOString() });
      let left = countMax - 1;
      while (!this.#ended && left > 0) {
        if (nowMs() >= this.#heartbeatAtMs) {
          if (!(await isStillAllowed())) return;
          this.#heartbeatAtMs = nowMs() + limits.activityHeartbeatMs;
          yield ":\n\n"; // a comment
        }
        const texts = this.#take(left);
        left -= texts.length;
        if (texts.length > 0) yield texts.join("");
        else await this.#news();
      }
    } finally {
      watching.stop();
      ticking.stop();
    }
  }

  #offer(event: Told["event"], out: object | undefined): void {
    if (out === undefined) return;
    if (this.#waiting.length >= limits.activityWaitingMax) this.#dropped += 1;
    else this.#waiting.push({ event, out });
    this.#wake();
  }

  /** What waits, at most so many, and how many were left out behind it. */
  #take(countMax: number): readonly string[] {
    const texts = this.#waiting.splice(0, countMax).map(({ event, out }) => textOf(event, out));
    if (this.#dropped > 0 && texts.length < countMax) {
      texts.push(textOf("dropped", { count: this.#dropped }));
      this.#dropped = 0;
    }
    return texts;
  }

  #news(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }
}

function textOf(event: string, out: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(out)}\n\n`;
}
