import type { StoredJobDb } from "../core/retention.ts";
import type { StorageState } from "../director/facade.ts";
import type { DiskKeeper } from "./disk-keeper.ts";

/** What becomes of JobDbs, counted since the start. */
export class StorageMeter {
  /** As the dropper saw them last; undefined: it has not looked yet. */
  jobDbs: readonly StoredJobDb[] | undefined;
  /** Put into the archive, whole or what could not be delivered of them. */
  archived = 0;
  archivedBytes = 0;
  archiveFailures = 0;
  dropped = 0;
  dropFailures = 0;
  /** Payloads that are not what was stored. */
  damagedPayloads = 0;
  /** JobDbs that were set aside at the start, or found damaged since. */
  damagedJobDbs = 0;
  /** JobDbs that lie aside, by this start or an earlier one. */
  setAside = 0;
}

/** The same beside what is free on the disk, always as it is now. */
export function storageState(
  meter: StorageMeter,
  disk: Pick<DiskKeeper, "freeBytes">,
): StorageState {
  return {
    get jobDbs() {
      return meter.jobDbs;
    },
    get freeBytes() {
      return disk.freeBytes;
    },
    get setAside() {
      return meter.setAside;
    },
    get archived() {
      return meter.archived;
    },
    get archivedBytes() {
      return meter.archivedBytes;
    },
    get archiveFailures() {
      return meter.archiveFailures;
    },
    get dropped() {
      return meter.dropped;
    },
  };
}
