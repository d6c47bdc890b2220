/**
 * Which values the rows of an application or an endpoint have in a run, so that a search for another one need not look at
 * them. A filter that finds next to nothing would look at every row there is: some 0.9 µs each, half a second for 500,000.
 *
 *     a search finds nothing in a run ──▶ of the next ones the values are read, once ──▶ later searches skip those without theirs
 *
 * Only of runs that are full: their rows stay as they are, but for an erasure, which only takes values away. Kept in memory and
 * read again after a start. Asked only of runs that have no summary yet (run-summary.ts). Rejected: reading the values of every run that is
 * searched, as most searches fill their page from one run; indexes by event type, channel and tag, which cost a commit a tenth for each.
 */
import { BoundedCache } from "../../core/bounded-cache.ts";
import { limits } from "../../core/limits.ts";

/** The rows of an application (`message`) or of an endpoint (`attempt`, `delivery`) in one run of one JobDb. */
export interface RunOfRows {
  readonly jobDb: number;
  readonly run: number;
  readonly entry: "message" | "attempt" | "delivery";
  readonly key: number;
}

/** What filters compare. Channels and tags are lists, of which one has to be the filter's. */
export const runFields = ["eventType", "channel", "tag", "status", "statusCodeClass"] as const;
export type RunField = (typeof runFields)[number];

/** What a filter takes, of each field that it looks at. */
export type TakenValues = Partial<Record<RunField, readonly string[]>>;

/** All different values of a field in a run; undefined: more than `valuesMax`. */
export type SelectRunValues = (
  rows: RunOfRows,
  field: RunField,
  valuesMax: number,
) => readonly string[] | undefined;

interface Known {
  readonly jobDb: number;
  /** Undefined: too many to be kept. */
  readonly values: ReadonlySet<string> | undefined;
}

export class RunValues {
  readonly #known = new BoundedCache<string, Known>(limits.runValuesBytesMax);
  /** Of which anything may be known: few, as this is asked about with every page. */
  readonly #jobDbs = new Set<number>();

  /**
   * Whether a filter may take any of the rows; true where that is not known.
   *
   * @param select reads what is not known yet; undefined: that is not worth it
   */
  mayTake(rows: RunOfRows, taken: TakenValues, select: SelectRunValues | undefined): boolean {
    return runFields.every((field) => {
      const wanted = taken[field];
      if (wanted === undefined) return true;
      const known = this.#find(rows, field, select);
      return known?.values === undefined || wanted.some((value) => known.values?.has(value));
    });
  }

  /** Forgets JobDbs that are not there any more: what comes back under a number may be a part of it. */
  retain(present: ReadonlySet<number>): void {
    const isGone = (jobDb: number): boolean => !present.has(jobDb);
    if (![...this.#jobDbs].some(isGone)) return;
    this.#known.deleteWhere(({ jobDb }) => isGone(jobDb));
    for (const jobDb of this.#jobDbs) if (isGone(jobDb)) this.#jobDbs.delete(jobDb);
  }

  #find(rows: RunOfRows, field: RunField, select: SelectRunValues | undefined): Known | undefined {
    const { jobDb, run, entry, key } = rows;
    const name = `${field} ${entry} ${key} ${jobDb} ${run}`;
    const known = this.#known.get(name);
    if (known !== undefined || select === undefined) return known;
    const values = select(rows, field, limits.runValuesMax);
    const read = { jobDb, values: values && new Set(values) };
    this.#known.put(name, read, weightOf(values ?? []));
    this.#jobDbs.add(jobDb);
    return read;
  }
}

const entryBytes = 200;
const valueBytes = 48;

/** Roughly, in bytes. */
function weightOf(values: readonly string[]): number {
  return values.reduce((sum, { length }) => sum + valueBytes + length, entryBytes);
}
