/**
 * Which deliveries may be what has ended the process. A message whose handling does that (it throws, it never comes to an end,
 * it takes all memory) would do it again at every start, and so stop all deliveries. What was being handled at a death is
 * known; which of it was guilty is narrowed down by the deaths that follow:
 *
 *                      ┌─ seen ────────────────────────────────┐
 *     being handled ───┤                                       ├─▶ suspect: handled alone ─▶ it has ended: innocent
 *      at a death      └─ unseen ─▶ noted ─▶ at the next too ──┘      │     ▲
 *                                    └─ it has ended: innocent        │     └── so much later after the start, if there is
 *                                                     a death with it alone ──▶ evidence ──▶ enough of it: convicted
 *
 * A death is **seen** if the process itself knows that a Director could not go on: its thread threw, ran out of memory, or did not
 * answer. Nobody's kill looks like that. A death is **unseen** if there is nothing but a record that was not put away: kill -9, the
 * kernel's out-of-memory killer, a fault in native code, a power cut. So an unseen death weighs less, and one with no suspect under way
 * takes the evidence back that is not enough yet: something else ends this process. As a suspect with evidence waits longer and
 * longer after each start, a kill at intervals of whatever length soon comes while it waits.
 *
 * Rejected: to convict whatever was being handled at three deaths, which are hundreds of deliveries of endpoints that hang; halves instead of
 * one at a time, which takes eight deaths to find one of 256 where one does.
 */
import type { DeliveryNumber, Round } from "./delivery.ts";
import { growingWaitMs } from "./growing-wait.ts";
import { limits } from "./limits.ts";

/** One round of one delivery. */
export interface Handled {
  readonly jobDb: number;
  readonly delivery: DeliveryNumber;
  readonly round: Round;
}

/** What earlier deaths say of it. `noted`: it was being handled at one that nobody has seen, and is handled like any other. */
export type Suspicion =
  | { readonly kind: "noted" }
  /** @param evidence from 0 to `limits.convictingEvidence` */
  | { readonly kind: "suspect"; readonly evidence: number };

export interface Suspect extends Handled {
  readonly suspicion: Suspicion;
}

/** What a run has left of a delivery that it was handling, or that it knew to be under suspicion and had not handled to its end. */
export interface LeftBehind extends Handled {
  readonly underWay: boolean;
  readonly suspicion: Suspicion | undefined;
}

export type Death = "seen" | "unseen";

/** Who is under suspicion after a death, at most `limits.suspectsMax`. */
export function suspectsAfter(death: Death, left: readonly LeftBehind[]): readonly Suspect[] {
  const suspectsUnderWay = left.filter(
    ({ underWay, suspicion }) => underWay && suspicion?.kind === "suspect",
  ).length;
  const underWay = left
    .filter((each) => each.underWay)
    .map((each) => suspectOf(each, suspicionAfter(each.suspicion, death, suspectsUnderWay === 1)));
  const waiting = left.flatMap((each) => {
    if (each.underWay || each.suspicion === undefined) return [];
    const isOutside = death === "unseen" && suspectsUnderWay === 0;
    const isCleared =
      isOutside && each.suspicion.kind === "suspect" && !isConvicted(each.suspicion);
    return [suspectOf(each, isCleared ? { kind: "suspect", evidence: 0 } : each.suspicion)];
  });
  // What was under way has more to do with this death than what was not.
  return [...underWay, ...waiting].slice(0, limits.suspectsMax);
}

export function isConvicted(suspicion: Suspicion): boolean {
  return suspicion.kind === "suspect" && suspicion.evidence >= limits.convictingEvidence;
}

/** How long after a start it is not handled. */
export function suspectWaitMs({ evidence }: Suspicion & { readonly kind: "suspect" }): number {
  const bounds = { firstMs: limits.suspectWaitMs, mostMs: limits.suspectWaitMsMax };
  return evidence === 0 ? 0 : growingWaitMs(evidence, bounds);
}

function suspicionAfter(before: Suspicion | undefined, death: Death, isAlone: boolean): Suspicion {
  if (before === undefined) {
    return death === "seen" ? { kind: "suspect", evidence: 0 } : { kind: "noted" };
  }
  if (before.kind === "noted") return { kind: "suspect", evidence: 0 };
  const { evidence } = before;
  // Of several nobody can tell which; with evidence none of them is handled beside another one.
  if (!isAlone) return { kind: "suspect", evidence: Math.max(evidence, 1) };
  const weight = death === "seen" ? limits.seenDeathEvidence : limits.unseenDeathEvidence;
  return { kind: "suspect", evidence: Math.min(evidence + weight, limits.convictingEvidence) };
}

function suspectOf({ jobDb, delivery, round }: Handled, suspicion: Suspicion): Suspect {
  return { jobDb, delivery, round, suspicion };
}
