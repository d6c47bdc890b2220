/**
 * What has to be known of endpoints after a restart: since when one has only failed, and that it is paused. It is told
 * when it changes, which is seldom: a failure that a success follows within `limits.pauseAfterMs` is not.
 *
 *   working ──fails for pauseAfterMs──▶ failing ──▶ paused (also while it is probed)
 *      ▲                                   │           │
 *      └───────────── success ─────────────┴───────────┘
 */
import type { EndpointPause } from "../core/endpoint-pause.ts";
import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock } from "./ports.ts";
import { WakeTimer } from "./wake-timer.ts";

export interface HealthKeeperOptions {
  readonly clock: Clock;
  /** Undefined: it is not remembered any more. */
  readonly pauseOf: (endpoint: EndpointKey) => EndpointPause | undefined;
  /** To be made durable. */
  readonly onHealth: (endpoint: EndpointKey, pause: EndpointPause) => void;
}

type Kept = "failing" | "paused";

export class HealthKeeper {
  readonly #options: HealthKeeperOptions;
  /** What is durable, or soon will be; of those that work there is nothing. */
  readonly #kept = new Map<EndpointKey, Kept>();
  readonly #wakes: WakeTimer<EndpointKey>;

  constructor(options: HealthKeeperOptions) {
    this.#options = options;
    const { clock, pauseOf } = options;
    const onDue = (endpoints: readonly EndpointKey[]): void => {
      for (const endpoint of endpoints) {
        const pause = pauseOf(endpoint);
        if (pause !== undefined) this.look(endpoint, pause);
      }
    };
    this.#wakes = new WakeTimer({ clock, leastMs: 1, onDue });
  }

  /** This is durable already. */
  restored(endpoint: EndpointKey, { kind }: EndpointPause): void {
    if (kind === "working") this.#kept.delete(endpoint);
    else this.#kept.set(endpoint, kind === "failing" ? "failing" : "paused");
  }

  /** The endpoint's pause may be another one now. */
  look(endpoint: EndpointKey, pause: EndpointPause): void {
    const kept = this.#kept.get(endpoint);
    if (pause.kind === "working") {
      if (kept === undefined) return;
      this.#kept.delete(endpoint);
      this.#options.onHealth(endpoint, pause);
      return;
    }
    const keptFromMs = pause.failingSinceMs + limits.pauseAfterMs;
    if (pause.kind === "failing" && keptFromMs > this.#options.clock.nowMs()) {
      this.#wakes.wake(endpoint, keptFromMs);
      return;
    }
    const next = pause.kind === "failing" ? "failing" : "paused";
    if (next === kept) return;
    this.#kept.set(endpoint, next);
    this.#options.onHealth(endpoint, pause);
  }

  stop(): void {
    this.#wakes.stop();
  }
}
