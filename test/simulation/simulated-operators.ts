import type { EndpointKey } from "../../src/core/ids.ts";
import type { Director } from "../../src/director/director.ts";
import { askCancellation, cancelAsked } from "./cancellations.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SimulatedClock } from "./simulated-clock.ts";
import { SimulatedHandPause } from "./simulated-hand-pause.ts";
import type { SimulatedEndpoints } from "./simulated-endpoints.ts";
import type { Resent, Sent, WorldRecord } from "./world-record.ts";

export interface SimulatedOperatorsOptions {
  readonly clock: SimulatedClock;
  readonly random: SeededRandom;
  readonly endpoints: SimulatedEndpoints;
  readonly record: WorldRecord;
  /** What `ask` gives happens only if the answer does not get lost in a crash. */
  readonly ask: (ask: (director: Director) => Promise<() => void>) => Promise<void>;
  /** The LDB has changed. */
  readonly onChanged: (endpoint: EndpointKey) => void;
}

/**
 * Those who do things by hand while the world has its faults: they send again, erase and cancel what was acknowledged, change the order,
 * pause and resume endpoints, and now and then delete one.
 */
export class SimulatedOperators {
  readonly #options: SimulatedOperatorsOptions;
  /** Deliveries that were cancelled by request. */
  cancelled = 0;

  constructor(options: SimulatedOperatorsOptions) {
    this.#options = options;
  }

  work(untilMs: number): void {
    const { clock, random } = this.#options;
    const operate = (): void => {
      if (clock.nowMs() >= untilMs) return;
      if (random.chance(0.1)) void this.#erase();
      else if (random.chance(0.05)) this.#deleteEndpoint();
      else if (random.chance(0.06)) void this.#cancel();
      else if (random.chance(0.2)) this.#changeOrder();
      else if (random.chance(0.25)) this.#pauseOrResume();
      else void this.#resend();
      clock.after(random.integer(1, 15_000), operate);
    };
    clock.after(random.integer(1, 15_000), operate);
  }

  /** No endpoint is disabled or paused by hand any more. */
  heal(): void {
    const { endpoints, clock, onChanged } = this.#options;
    for (const endpoint of endpoints.disabled) {
      endpoints.disabled.delete(endpoint);
      onChanged(endpoint);
    }
    for (const { key, handPauses } of endpoints.all.values()) {
      if (handPauses.at(-1)?.end(clock.nowMs()) === true) onChanged(key);
    }
  }

  #acknowledged(): Sent | undefined {
    const { record, random } = this.#options;
    const sent = [...record.sent.values()].filter(({ address }) => address !== undefined);
    return sent.length === 0 ? undefined : random.pick(sent);
  }

  async #resend(): Promise<void> {
    const { random, endpoints, record, clock, ask } = this.#options;
    const resent = Array.from({ length: random.integer(1, 3) }, (): Resent | undefined => {
      const sent = this.#acknowledged();
      if (sent?.address === undefined) return undefined;
      const { address } = sent;
      const endpoint = random.pick(endpoints.of(sent.message.application));
      const trigger = random.pick(["manual", "scheduled"] as const);
      return { address, endpoint, trigger, acknowledgedAtMs: Infinity };
    }).filter((each) => each !== undefined);
    await ask(async (director) => {
      record.resent.push(...resent);
      await director.resend(
        resent.map(({ address, endpoint, trigger }) => ({
          message: address,
          endpoint,
          trigger,
          asker: undefined,
        })),
      );
      return () => {
        for (const each of resent) each.acknowledgedAtMs = clock.nowMs();
      };
    });
  }

  async #erase(): Promise<void> {
    const { clock, ask } = this.#options;
    const sent = this.#acknowledged();
    const address = sent?.address;
    if (sent === undefined || address === undefined) return;
    await ask(async (director) => {
      await director.eraser.erasePayload(address);
      return () => {
        sent.erasedAtMs = clock.nowMs();
      };
    });
  }

  async #cancel(): Promise<void> {
    const { random, endpoints, record, clock, ask } = this.#options;
    const endpoint = random.pick([...endpoints.all.keys()]);
    const { sent } = record;
    const asked = askCancellation(random, endpoint, { sent, askedAtMs: clock.nowMs() });
    record.cancellations.push(asked);
    await ask(async (director) => {
      const { cancelled, ending } = await cancelAsked(director, asked);
      return () => {
        this.cancelled += cancelled;
        if (ending === 0) asked.doneAtMs = clock.nowMs();
      };
    });
  }

  #deleteEndpoint(): void {
    const { random, endpoints, record, clock, onChanged } = this.#options;
    const endpoint = random.pick([...endpoints.all.keys()]);
    if (record.deleted.has(endpoint)) return;
    record.deleted.set(endpoint, clock.nowMs());
    onChanged(endpoint);
  }

  #changeOrder(): void {
    const { random, endpoints, clock, onChanged } = this.#options;
    const endpoint = random.pick([...endpoints.all.values()]);
    endpoint.orderChangedAtMs.push(clock.nowMs());
    onChanged(endpoint.key);
  }

  /** Pauses one, for a while or until it is resumed; resumes it if it is paused. */
  #pauseOrResume(): void {
    const { random, endpoints, clock, onChanged } = this.#options;
    const { key, handPauses } = random.pick([...endpoints.all.values()]);
    const nowMs = clock.nowMs();
    if (handPauses.at(-1)?.end(nowMs) !== true) {
      const forMs = random.pick([50, 5_000, 60_000, Infinity]);
      handPauses.push(
        new SimulatedHandPause(nowMs, forMs === Infinity ? undefined : nowMs + forMs),
      );
    }
    onChanged(key);
  }
}
