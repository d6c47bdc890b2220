/**
 * The rates of applications. The queues of one that has had its turn wait in a ring, and one of them is let through
 * when the next turn comes: so a turn costs the same however many queues wait.
 *
 *   closed ──▶ ring ──next turn──▶ offered ──▶ started: the turn is taken ──▶ more waiting? next turn
 */
import type { ApplicationKey, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { initialRateLimit, type RateLimit, takeTurn } from "../core/rate-limit.ts";
import type { Clock } from "./ports.ts";
import { WakeTimer } from "./wake-timer.ts";

interface Throttle {
  rate: RateLimit;
  /** Of its last turn. */
  ratePerSecond: number;
  /** In the order in which they came. */
  readonly waiting: Set<EndpointKey>;
}

export interface ApplicationThrottlesOptions {
  readonly clock: Clock;
  /** A queue that waited may start now, if it wants to. */
  readonly onTurn: (endpoint: EndpointKey) => void;
}

export class ApplicationThrottles {
  readonly #options: ApplicationThrottlesOptions;
  /** Of those that had a turn a moment ago; others may have the next at once. */
  readonly #throttles = new Map<ApplicationKey, Throttle>();
  readonly #wakes: WakeTimer<ApplicationKey>;

  constructor(options: ApplicationThrottlesOptions) {
    this.#options = options;
    const onDue = (applications: readonly ApplicationKey[]): void => {
      for (const application of applications) this.#wake(application);
    };
    this.#wakes = new WakeTimer({ clock: options.clock, leastMs: 1, onDue });
  }

  /** Whether an attempt may start now. If not, the queue is told when its turn comes. */
  admits(endpoint: EndpointKey, application: ApplicationKey, nowMs: number): boolean {
    const throttle = this.#throttles.get(application);
    if (throttle === undefined || throttle.rate.nextAtMs <= nowMs) return true;
    throttle.waiting.add(endpoint);
    return false;
  }

  /** An attempt starts, which `admits` has let through. */
  pass(application: ApplicationKey, ratePerSecond: number, nowMs: number): void {
    let throttle = this.#throttles.get(application);
    if (throttle === undefined) {
      throttle = { rate: initialRateLimit, ratePerSecond, waiting: new Set() };
      this.#throttles.set(application, throttle);
    }
    throttle.rate = takeTurn(throttle.rate, ratePerSecond, nowMs);
    throttle.ratePerSecond = ratePerSecond;
    this.#wakes.wake(application, throttle.rate.nextAtMs);
  }

  stop(): void {
    this.#wakes.stop();
  }

  #wake(application: ApplicationKey): void {
    const throttle = this.#throttles.get(application);
    if (throttle === undefined) return;
    const nowMs = this.#options.clock.nowMs();
    // One for each turn that may have to be made up for. Those that do not start, as all slots are taken, are offered all the same.
    let turns = 1 + Math.ceil((throttle.ratePerSecond * limits.rateCatchUpMs) / 1_000);
    for (const endpoint of throttle.waiting) {
      if (turns === 0 || throttle.rate.nextAtMs > nowMs) break;
      turns -= 1;
      throttle.waiting.delete(endpoint);
      this.#options.onTurn(endpoint);
    }
    const { nextAtMs } = throttle.rate;
    // Until then the place of the last turn counts, and forgetting it would let one too many through.
    const forgottenAtMs = nextAtMs + limits.rateCatchUpMs;
    if (throttle.waiting.size > 0) this.#wakes.wake(application, Math.max(nextAtMs, nowMs + 1));
    else if (forgottenAtMs > nowMs) this.#wakes.wake(application, forgottenAtMs);
    else this.#throttles.delete(application);
  }
}
