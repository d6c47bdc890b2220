import { type DeliveryNumber, firstRound, type PendingDelivery } from "../core/delivery.ts";
import { assert } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { type DueCursor, dueFromStart } from "./ports.ts";

/** One JobDb's share of a virtual queue. */
export interface QueueSource {
  readonly jobDb: number;
  /** First attempts up to this delivery have been in the window; of an ordered endpoint, first rounds. */
  scannedTo: DeliveryNumber;
  /** The last delivery that is known to exist; infinite until the end of an older JobDb has been read. */
  tail: DeliveryNumber;
  /** Deliveries up to this one are counted in `unsettled`, if they belong there. */
  countedTo: DeliveryNumber;
  dueScannedTo: DueCursor;
  /** The soonest retry after `dueScannedTo`; infinite if there is none. */
  nextDueAtMs: number;
  /** The soonest retry planned while a page of retries is being read: the page may not have it. */
  plannedWhileReadingMs: number;
  /** `in vain`: what is being read will be read again. */
  reading: "nothing" | "firsts" | "due" | "in vain";
  outstanding: number;
  /** Deliveries that are not settled, as far as they have been found. */
  unsettled: number;
  /** Retries among them that were planned since the last start or change of the order, and are still on disk only. */
  planned: number;
  /** What is in it is found by reading: an earlier run left it, or the endpoint's order was changed. */
  found: boolean;
  /** Something in it was resent: a resend that delivers takes what waited along. */
  resent: boolean;
}

/** Nothing up to `scannedTo` and `dueScannedTo` is unsettled, and nothing else is known of. */
export function newSource(
  jobDb: number,
  scannedTo: DeliveryNumber,
  dueScannedTo: DueCursor,
): QueueSource {
  return {
    jobDb,
    scannedTo,
    tail: scannedTo,
    countedTo: scannedTo,
    dueScannedTo,
    nextDueAtMs: Infinity,
    plannedWhileReadingMs: Infinity,
    reading: "nothing",
    outstanding: 0,
    unsettled: 0,
    planned: 0,
    found: false,
    resent: false,
  };
}

/** Whatever is unsettled in it is to be read, from the start. */
export function startOver(source: QueueSource): void {
  source.scannedTo = 0;
  source.countedTo = 0;
  source.dueScannedTo = dueFromStart;
  source.nextDueAtMs = 0;
  source.unsettled = 0;
  source.planned = 0;
  source.found = true;
  readAgain(source);
}

/** What is being read, if anything, is to be read once more: it may be out of date. */
export function readAgain(source: QueueSource): void {
  if (source.reading !== "nothing") source.reading = "in vain";
}

/** Tells rounds of a queue apart. */
export function roundKeyOf({ jobDb, delivery, round }: PendingDelivery): string {
  return `${jobDb}/${delivery}/${round}`;
}

/** A round that waited, in the window or on disk, is settled without an attempt. What on disk was not found yet was not counted. */
export function settledUnsent(
  source: QueueSource,
  { delivery, round }: Pick<PendingDelivery, "delivery" | "round">,
  wasInWindow: boolean,
): void {
  const isFirstOnDisk = round === firstRound && delivery > source.scannedTo;
  const isPlanned = !wasInWindow && !isFirstOnDisk && source.planned > 0;
  const isCounted = wasInWindow || isPlanned || (isFirstOnDisk && delivery <= source.countedTo);
  if (isPlanned) source.planned -= 1;
  if (isCounted) source.unsettled = Math.max(0, source.unsettled - 1);
}

/** Nothing more of it is read: the endpoint is no more. */
export function giveUp(source: QueueSource): void {
  source.tail = source.scannedTo;
  source.unsettled = source.outstanding;
  source.nextDueAtMs = Infinity;
}

/** What to read next for a queue. */
export type Refill =
  | {
      readonly kind: "unattempted" | "firstRounds";
      readonly jobDb: number;
      readonly after: DeliveryNumber;
      readonly rowsMax: number;
    }
  | {
      readonly kind: "due";
      readonly jobDb: number;
      readonly after: DueCursor;
      readonly rowsMax: number;
    };

export function plan(source: QueueSource, atMs: number): void {
  assert(atMs > source.dueScannedTo.atMs, "what is planned is due after all that was read");
  source.nextDueAtMs = Math.min(source.nextDueAtMs, atMs);
  source.plannedWhileReadingMs = Math.min(source.plannedWhileReadingMs, atMs);
}

export function hasBacklog(source: QueueSource): boolean {
  return source.scannedTo < source.tail;
}

/** Whether nothing in it is unsettled. */
export function isDone(source: QueueSource): boolean {
  return (
    !hasBacklog(source) &&
    source.nextDueAtMs === Infinity &&
    source.outstanding === 0 &&
    source.reading === "nothing"
  );
}

/** The reading of retries and resends begins. */
export function readDue(source: QueueSource): Refill {
  const { jobDb, dueScannedTo: after } = source;
  source.reading = "due";
  source.plannedWhileReadingMs = Infinity;
  return { kind: "due", jobDb, after, rowsMax: rowsMaxOf(source) };
}

/** The reading of first attempts begins; of an ordered endpoint, of first rounds. */
export function readFirsts(source: QueueSource, kind: "unattempted" | "firstRounds"): Refill {
  const { jobDb, scannedTo: after } = source;
  source.reading = "firsts";
  return { kind, jobDb, after, rowsMax: rowsMaxOf(source) };
}

/** Of what is found by reading most rows are settled already and don't enter the window. */
function rowsMaxOf(source: QueueSource): number {
  return source.found ? limits.refillRowsMax : limits.windowDeliveries / 2;
}
