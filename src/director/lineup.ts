/**
 * Sees to it that deliveries under suspicion (core/suspicion.ts) are handled one at a time, so that a death tells which one it was:
 *
 *     its turn in its queue ─▶ convicted? ─▶ given up on
 *                                  │ no
 *                                  ├─▶ with evidence: later after the start, and while no other suspect is under way
 *                                  └─▶ without: when the one before has ended, or was handled for `limits.suspectAloneMs`
 *
 * One whose time has not come is set aside in its queue, and nothing else of the queue waits for it, but in strict order. All that
 * are aside are called back whenever one may go: which of them can go is up to their endpoints.
 */
import type { PendingDelivery } from "../core/delivery.ts";
import { limits } from "../core/limits.ts";
import { type Handled, isConvicted, suspectWaitMs, type Suspicion } from "../core/suspicion.ts";
import type { Clock, FlightRecorder, Stoppable } from "./ports.ts";
import type { VirtualQueue } from "./virtual-queue.ts";

export interface LineupOptions {
  readonly clock: Pick<Clock, "nowMs" | "after">;
  readonly recorder: FlightRecorder;
  /** What these queues have set aside may have its turn now. */
  readonly onTurn: (queues: readonly VirtualQueue[]) => void;
}

interface Known {
  readonly suspicion: Suspicion & { readonly kind: "suspect" };
  readonly key: string;
}

export class Lineup {
  readonly #options: LineupOptions;
  readonly #startedAtMs: number;
  /** Those that are not handled to their end yet. */
  readonly #suspects = new Map<string, Known>();
  readonly #underWay = new Set<Known>();
  /** The last one that began, and when another one may; infinite: when it has ended. */
  #last: { readonly known: Known; readonly nextAtMs: number } | undefined;
  readonly #aside = new Set<VirtualQueue>();
  #timer: { readonly atMs: number; readonly stoppable: Stoppable } | undefined;

  constructor(options: LineupOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.nowMs();
    for (const { suspicion, ...of } of options.recorder.suspects) {
      const key = keyOf(of);
      if (suspicion.kind === "suspect") this.#suspects.set(key, { suspicion, key });
    }
  }

  /** What says whether a delivery of the queue has to wait, and is to be set aside; undefined: none has to. */
  judgeOf(queue: VirtualQueue): ((delivery: PendingDelivery) => boolean) | undefined {
    return this.#suspects.size === 0 ? undefined : (delivery) => this.#mustWait(delivery, queue);
  }

  /** Whether it is to be given up on. */
  isConvicted(delivery: PendingDelivery): boolean {
    const known = this.#find(delivery);
    return known !== undefined && isConvicted(known.suspicion);
  }

  /** It is being handled from now on. Returns what `ended` is to be told. */
  began(delivery: PendingDelivery): number {
    const known = this.#find(delivery);
    if (known !== undefined) {
      const isAlone = known.suspicion.evidence > 0;
      const nextAtMs = isAlone ? Infinity : this.#options.clock.nowMs() + limits.suspectAloneMs;
      this.#underWay.add(known);
      this.#last = { known, nextAtMs };
      this.#wake(nextAtMs);
    }
    return this.#options.recorder.began(delivery);
  }

  /** It was handled to its end, which is durable. */
  ended(delivery: PendingDelivery, place: number): void {
    this.#options.recorder.ended(place);
    const known = this.#find(delivery);
    if (known === undefined) return;
    this.#suspects.delete(known.key);
    this.#underWay.delete(known);
    if (this.#last?.known === known) this.#last = undefined;
    this.#callBack();
  }

  stop(): void {
    this.#timer?.stoppable.stop();
    this.#timer = undefined;
    this.#aside.clear();
  }

  #find(delivery: Handled): Known | undefined {
    return this.#suspects.size === 0 ? undefined : this.#suspects.get(keyOf(delivery));
  }

  #mustWait(delivery: PendingDelivery, queue: VirtualQueue): boolean {
    const known = this.#find(delivery);
    if (known === undefined || isConvicted(known.suspicion)) return false;
    const turnAtMs = this.#turnAtMs(known.suspicion);
    if (turnAtMs <= this.#options.clock.nowMs()) return false;
    this.#aside.add(queue);
    this.#wake(turnAtMs);
    return true;
  }

  /** Infinite: when another one has ended. */
  #turnAtMs(suspicion: Known["suspicion"]): number {
    const nextAtMs = this.#last?.nextAtMs ?? 0;
    if (suspicion.evidence === 0) return nextAtMs;
    return this.#underWay.size > 0 ? Infinity : this.#startedAtMs + suspectWaitMs(suspicion);
  }

  #wake(atMs: number): void {
    if (atMs === Infinity || atMs >= (this.#timer?.atMs ?? Infinity)) return;
    this.#timer?.stoppable.stop();
    const { clock } = this.#options;
    const delayMs = Math.max(1, Math.ceil(atMs - clock.nowMs()));
    const stoppable = clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#callBack();
    });
    this.#timer = { atMs, stoppable };
  }

  #callBack(): void {
    if (this.#aside.size === 0) return;
    const queues = [...this.#aside];
    this.#aside.clear();
    this.#options.onTurn(queues);
  }
}

function keyOf({ jobDb, delivery, round }: Handled): string {
  return `${jobDb}/${delivery}/${round}`;
}
