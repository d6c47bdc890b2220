import { limits } from "../core/limits.ts";
import type { AcceptedMessage, Activity } from "../director/activity.ts";
import type { EndedAttempt } from "../director/ports.ts";
import type { Traffic } from "../director/traffic.ts";
import type { EventStream } from "./event-streams.ts";

export type Happening =
  | { readonly event: "message"; readonly of: AcceptedMessage }
  | { readonly event: "attempt"; readonly of: EndedAttempt };

/** What a stream is about. */
export interface ActivityView {
  wants(happening: Happening): boolean;
  /** What is told of what it wants. */
  outOf(happening: Happening): object;
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

/**
 * What happens to messages, told while it does:
 *
 *     begun ──▶ message │ attempt ──▶ … ──▶ dropped (how many were left out) ──▶ …
 *
 * Whoever reads slowly makes nobody wait and costs no memory: `limits.activityWaitingMax` wait to be read, and what comes
 * then is counted and left out. What is told is made when it is read, so that what is left out costs next to nothing.
 */
export class ActivityStream implements EventStream {
  readonly #options: ActivityStreamOptions;
  readonly #waiting: Happening[] = [];
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
    const { activity, traffic, nowMs, isStillAllowed, countMax } = this.#options;
    const watching = activity.watch({
      accepted: (of) => this.#offer({ event: "message", of }),
      attempted: (of) => this.#offer({ event: "attempt", of }),
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

  #offer(happening: Happening): void {
    if (!this.#options.view.wants(happening)) return;
    if (this.#waiting.length >= limits.activityWaitingMax) this.#dropped += 1;
    else this.#waiting.push(happening);
    this.#wake();
  }

  /** What waits, at most so many, and how many were left out behind it. */
  #take(countMax: number): readonly string[] {
    const { view } = this.#options;
    const texts = this.#waiting
      .splice(0, countMax)
      .map((happening) => textOf(happening.event, view.outOf(happening)));
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
