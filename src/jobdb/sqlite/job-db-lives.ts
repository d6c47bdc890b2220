/**
 * What is known of JobDb files without opening them: of sealed ones when their messages were made, and of settled ones
 * when their last attempt was, as long as nobody has written to them since. So a page of history opens those only that can
 * have something on it, and the dropper none.
 */
import type { Page } from "../../director/facade.ts";
import type { ListedTable } from "./history-reader.ts";
import type { JobDbLife } from "./job-db-life.ts";
import { bytesOf, unchangedSinceMs, writtenAtMs } from "./job-db-stats.ts";

/** Where the rows of a table of a JobDb lie in time, Unix milliseconds, both inclusive. */
export interface TimeSpan {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

interface Known {
  readonly life: JobDbLife;
  /** When the file was last written to before that was read, Unix milliseconds; NaN: just now, and perhaps again. */
  readonly writtenAtMs: number;
}

export class JobDbLives {
  readonly #folder: string;
  readonly #known = new Map<number, Known>();

  /** @param read what was read of them before anybody had the files open */
  constructor(folder: string, read: ReadonlyMap<number, JobDbLife>) {
    this.#folder = folder;
    for (const [number, life] of read) this.keep(number, life);
  }

  /** Of one that is sealed; undefined: not known. */
  find(number: number): JobDbLife | undefined {
    return this.#known.get(number)?.life;
  }

  /** Remembers what was just read. What is not sealed changes all the time, and is not kept. */
  keep(number: number, life: JobDbLife): void {
    if (!life.sealed) return;
    this.#known.set(number, { life, writtenAtMs: unchangedSinceMs(this.#folder, number) });
  }

  /** Forgets all that are not there any more. */
  retain(present: ReadonlySet<number>): void {
    for (const number of this.#known.keys()) if (!present.has(number)) this.#known.delete(number);
  }

  /** All times there are, as far as nothing else is known. */
  spanOf(number: number, table: ListedTable): TimeSpan {
    const known = this.#known.get(number);
    if (known === undefined) return { firstAtMs: -Infinity, lastAtMs: Infinity };
    const { firstAtMs, lastAtMs, lastAttemptAtMs } = known.life;
    if (table === "message") return { firstAtMs, lastAtMs };
    return { firstAtMs, lastAtMs: this.isDrained(number) ? lastAttemptAtMs : Infinity };
  }

  /** Whether it is known that nothing in it is unsettled, nor can have become so since. */
  isDrained(number: number): boolean {
    const known = this.#known.get(number);
    return known?.life.settled === true && known.writtenAtMs === this.writtenAtMs(number);
  }

  /** Bytes on disk, with its WAL. */
  bytesOf(number: number): number {
    return bytesOf(this.#folder, number);
  }

  /** When it was last written to, Unix milliseconds. */
  writtenAtMs(number: number): number {
    return writtenAtMs(this.#folder, number);
  }
}

/** Whether rows of such times can be on a page. */
export function mayHold(page: Page, { firstAtMs, lastAtMs }: TimeSpan): boolean {
  const { sinceMs, untilMs, edge, direction } = page;
  if (sinceMs !== undefined && lastAtMs < sinceMs) return false;
  if (untilMs !== undefined && firstAtMs >= untilMs) return false;
  if (edge === undefined) return true;
  return direction === "older" ? firstAtMs <= edge.atMs : lastAtMs >= edge.atMs;
}
