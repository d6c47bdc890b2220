import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isConvicted, type Suspect, suspectsAfter } from "../core/suspicion.ts";
import { flightRecordPath, readFlightRecord } from "./flight-record.ts";
import type { Logger } from "./logger.ts";

/** What the run before has left. */
export interface FlightRecords {
  /** Of all Directors. */
  readonly suspects: readonly Suspect[];
  /** It did not end in order. */
  readonly isAfterDeath: boolean;
}

/** Reads what the run before has left, and says so; the files stay until the Directors have written theirs. */
export function readFlightRecords(folder: string, logger: Logger): FlightRecords {
  const names = recordsIn(folder);
  const suspects = names.flatMap((name) => {
    const { death, left } = readFlightRecord(join(folder, name));
    return suspectsAfter(death, left);
  });
  const isAfterDeath = names.length > 0;
  if (isAfterDeath) {
    const alone = suspects.filter(({ suspicion }) => suspicion.kind === "suspect").length;
    const convicted = suspects.filter(({ suspicion }) => isConvicted(suspicion)).length;
    const fields = { handled: suspects.length, suspects: alone, convicted };
    logger.warn(fields, "the run before did not end in order");
  }
  return { suspects, isAfterDeath };
}

/** Removes those of Directors that are not there any more, once others have taken over what was in them. */
export function removeOldFlightRecords(folder: string, directors: number): void {
  const own = new Set(Array.from({ length: directors }, (_, at) => flightRecordPath(folder, at)));
  for (const name of recordsIn(folder)) {
    const path = join(folder, name);
    if (!own.has(path)) rmSync(path);
  }
}

function recordsIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => /^flight-record-\d+$/.test(name));
}
