/** Which JobDbs are to be dropped: those that have been kept for long enough, and the oldest while all take too much disk. */
import { assert } from "./errors.ts";
import type { ApplicationKey } from "./ids.ts";
import { limits } from "./limits.ts";

/** Of a JobDb that has messages, in the order of its life: it takes more; it does not, and something in it is unsettled; nothing is. */
export const jobDbStates = ["open", "sealed", "drained"] as const;
export type JobDbState = (typeof jobDbStates)[number];

/** What of a JobDb decides on it. */
export interface StoredJobDb {
  readonly number: number;
  /** As far as was seen last: a resend makes a drained one a sealed one again. */
  readonly state: JobDbState;
  /** Those that have messages in it; empty while it takes more. */
  readonly applications: readonly ApplicationKey[];
  /** When its first and its last message were made, Unix milliseconds. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** When its file was last written to, Unix milliseconds: by an attempt, a resend, an erasure, or as it was restored. */
  readonly writtenAtMs: number;
  /** On disk. */
  readonly bytes: number;
}

export interface Retention {
  /**
   * How long a JobDb is kept after its last message. One that was written to since is kept for `limits.rewrittenKeptMs` after
   * that, or for this if it is shorter: whoever restores it, or sends of it again, wants to look at it.
   */
  readonly keptMs: number;
  /** The same of each application that has its own. A JobDb is kept for the longest of the applications in it. */
  readonly ownKeptMs: ReadonlyMap<ApplicationKey, number>;
  /** What all JobDbs may take on disk; infinite: as much as they want. */
  readonly bytesMax: number;
}

/** When messages were made that may not be dropped now, as something is still to read them; Unix milliseconds. */
export interface PinnedSpan {
  readonly sinceMs: number;
  /** Exclusive. */
  readonly untilMs: number;
}

/**
 * The JobDbs to drop, in this order. What is unsettled or pinned never is, so all can go on taking more than `bytesMax`.
 *
 * @param jobDbs all that are on the disk
 */
export function jobDbsToDrop(
  jobDbs: readonly StoredJobDb[],
  retention: Retention,
  { nowMs, pins }: { readonly nowMs: number; readonly pins: readonly PinnedSpan[] },
): readonly StoredJobDb[] {
  let bytes = jobDbs.reduce((sum, each) => sum + each.bytes, 0);
  const candidates = jobDbs
    .filter((each) => each.state === "drained" && !isPinned(each, pins))
    .toSorted((left, right) => left.lastAtMs - right.lastAtMs || left.number - right.number);
  return candidates.filter((each) => {
    if (!isOld(each, retention, nowMs) && bytes <= retention.bytesMax) return false;
    bytes -= each.bytes;
    return true;
  });
}

/** Something is still to read it. */
export function isPinned(jobDb: StoredJobDb, pins: readonly PinnedSpan[]): boolean {
  return pins.some((pin) => overlaps(jobDb, pin));
}

/** For every application in it: the first for which it is not ends the search, so that a young JobDb costs one look. */
function isOld(jobDb: StoredJobDb, { keptMs, ownKeptMs }: Retention, nowMs: number): boolean {
  const { applications } = jobDb;
  assert(applications.length > 0, "a JobDb with messages has their applications");
  return applications.every((application) =>
    isOver(jobDb, ownKeptMs.get(application) ?? keptMs, nowMs),
  );
}

function isOver({ lastAtMs, writtenAtMs }: StoredJobDb, keptMs: number, nowMs: number): boolean {
  const rewrittenKeptMs = Math.min(keptMs, limits.rewrittenKeptMs);
  return nowMs - lastAtMs >= keptMs && nowMs - writtenAtMs >= rewrittenKeptMs;
}

function overlaps({ firstAtMs, lastAtMs }: StoredJobDb, { sinceMs, untilMs }: PinnedSpan): boolean {
  return firstAtMs < untilMs && lastAtMs >= sinceMs;
}
