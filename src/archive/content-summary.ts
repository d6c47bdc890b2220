/** Gathers what a manifest says of its rows, while they pass. */
import { limits } from "../core/limits.ts";
import type { ArchivedTable, JobDbRow } from "./job-db-rows.ts";
import { type Manifest, noRows } from "./manifest.ts";

type Summary = Pick<
  Manifest,
  "fromMs" | "toMs" | "rows" | "undelivered" | "applications" | "endpoints" | "eventTypes"
>;

export class ContentSummary {
  readonly #rows: Record<ArchivedTable, number> = noRows();
  readonly #applications = new Set<number>();
  readonly #endpoints = new Set<number>();
  readonly #eventTypes = new Set<string>();
  #fromMs: number | null = null;
  #toMs: number | null = null;
  #undelivered = 0;

  add({ table, columns, state }: JobDbRow): void {
    this.#rows[table] += 1;
    if (table === "message") {
      // A higher row never has an earlier time.
      this.#toMs = Number(columns["at_ms"]);
      this.#fromMs ??= this.#toMs;
      addBounded(this.#applications, Number(columns["application"]));
      addBounded(this.#eventTypes, String(columns["event_type"]));
    }
    if (table === "delivery") addBounded(this.#endpoints, Number(columns["endpoint"]));
    if (state === "failed") this.#undelivered += 1;
  }

  summary(): Summary {
    return {
      fromMs: this.#fromMs,
      toMs: this.#toMs,
      rows: this.#rows,
      undelivered: this.#undelivered,
      applications: listOf(this.#applications, (left, right) => left - right),
      endpoints: listOf(this.#endpoints, (left, right) => left - right),
      eventTypes: listOf(this.#eventTypes),
    };
  }
}

/** One more than may be listed says that there are too many. */
function addBounded<Member>(set: Set<Member>, member: Member): void {
  if (set.size <= limits.archivedKeysMax) set.add(member);
}

function listOf<Member>(
  set: ReadonlySet<Member>,
  compare?: (left: Member, right: Member) => number,
): readonly Member[] | null {
  return set.size > limits.archivedKeysMax ? null : [...set].toSorted(compare);
}
