import type { StoredJobDb } from "../core/retention.ts";

/** What becomes of JobDbs, counted since the start. */
export class StorageMeter {
  /** As the dropper saw them last; undefined: it has not looked yet. */
  jobDbs: readonly StoredJobDb[] | undefined;
  /** Put into the archive, whole or what could not be delivered of them. */
  archived = 0;
  archiveFailures = 0;
  dropped = 0;
  dropFailures = 0;
  /** Payloads that are not what was stored. */
  damagedPayloads = 0;
  /** JobDbs that were set aside at the start, or found damaged since. */
  damagedJobDbs = 0;
}
