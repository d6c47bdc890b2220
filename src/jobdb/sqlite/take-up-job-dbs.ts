import { existsSync } from "node:fs";
import { readPragma } from "../../sqlite/read-pragma.ts";
import { openJobDbWriter } from "./job-db-connection.ts";
import { toOpenError } from "./job-db-error.ts";
import type { JobDbLife } from "./job-db-life.ts";
import { isUnfinished, jobDbNumbersIn, jobDbPath, removeStrays } from "./job-db-folder.ts";
import {
  isDamageAtOpening,
  markDamaged,
  quarantineDamaged,
  type Quarantined,
} from "./quarantine.ts";
import { upgradeJobDbs } from "./upgrade-job-dbs.ts";

export interface TakenUp {
  /** What was set aside. */
  readonly quarantined: readonly Quarantined[];
  /** What there is to know of each JobDb that has messages. */
  readonly lives: ReadonlyMap<number, JobDbLife>;
}

/**
 * What a start does with the JobDb files that it finds, before anything else opens them, in the order that makes each step
 * safe: what a crash began is taken back, as who only reads can't; what is damaged is set aside; the rest is brought to the
 * newest schema.
 *
 * @throws PosthornError `data_newer`, `data_unwritable`, `jobdb_failed`
 */
export function takeUpJobDbs(folder: string): TakenUp {
  if (!existsSync(folder)) return { quarantined: [], lives: new Map() };
  removeStrays(folder);
  takeBackUnfinished(folder);
  const quarantined = quarantineDamaged(folder);
  return { quarantined, lives: upgradeJobDbs(folder) };
}

/** Files whose making a crash has cut: SQLite's rollback journal is still there. */
function takeBackUnfinished(folder: string): void {
  for (const number of jobDbNumbersIn(folder)) {
    const path = jobDbPath(folder, number);
    if (!isUnfinished(path)) continue;
    try {
      const database = openJobDbWriter(path);
      readPragma(database, "schema_version");
      database.close();
    } catch (error) {
      if (!(error instanceof Error) || !isDamageAtOpening(error)) throw toOpenError(error, path);
      markDamaged(path, error.message);
    }
  }
}
