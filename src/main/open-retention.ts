import type { ArchiveLocation } from "../archive/archive-location.ts";
import { callOfServer, noOrganization } from "../control/audit.ts";
import type { Erasures } from "../control/erasure.ts";
import type { BackgroundTask } from "../control/entities.ts";
import type { ControlWriter } from "../control/facade.ts";
import type { LdbReader } from "../control/ldb-reader.ts";
import { parseMessageId } from "../core/ids.ts";
import type { PinnedSpan } from "../core/retention.ts";
import { Dropper } from "../director/dropper.ts";
import type { StoredJobDbs } from "../director/facade.ts";
import { jobDbNumbersIn } from "../jobdb/sqlite/job-db-folder.ts";
import { quarantinedIn } from "../jobdb/sqlite/quarantine.ts";
import { Archiver } from "./archiver.ts";
import type { Composition } from "./composition.ts";
import { archiveOutboundOf } from "./destination-settings.ts";
import { archivePlaceOf, jobDbFolderOf, ldbPathOf } from "./data-layout.ts";
import type { Directors } from "./directors.ts";
import type { DiskKeeper } from "./disk-keeper.ts";
import { diskOf } from "./disk-of.ts";
import { Purger } from "./purger.ts";
import { SystemClock } from "./system-clock.ts";
import { ThreadedArchive } from "./threaded-archive.ts";

type AuditedWrites = Pick<ControlWriter, "audited">;

export interface RetentionParts {
  readonly reader: LdbReader;
  /** Undefined: nothing is archived. */
  readonly archive: ThreadedArchive | undefined;
  readonly directors: Directors;
  readonly control: Erasures & AuditedWrites;
  readonly history: StoredJobDbs;
  /** Everybody who has files of JobDbs open in this thread. */
  readonly readers: readonly Pick<StoredJobDbs, "closeDropped">[];
}

export interface Retention {
  readonly dropper: Dropper;
  readonly purger: Purger;
  /** Looks for work for the first time. */
  start(): void;
}

/** What becomes of JobDbs that are settled: what could not be delivered is archived, and in time all is, and is dropped. */
export function openRetention(composition: Composition, parts: RetentionParts): Retention {
  const { archive } = parts;
  const archiver = archive === undefined ? undefined : createArchiver(composition, archive);
  const dropper = createDropper(composition, parts);
  const purger = createPurger(composition, parts);
  // At once: the others wait for what the archive has under way, which its own stop cuts off.
  composition.closings.push(async () => {
    await Promise.all([archive?.stop(), archiver?.stop(), dropper.stop(), purger.stop()]);
  });
  const start = (): void => {
    archiver?.start();
    dropper.start();
    void purger.wake();
  };
  return { dropper, purger, start };
}

function createPurger(
  { settings, logger }: Composition,
  { control: erasures, directors, archive }: RetentionParts,
): Purger {
  const folder = jobDbFolderOf(settings);
  return new Purger({
    erasures,
    jobDbs: () => jobDbNumbersIn(folder),
    quarantined: () => quarantinedIn(folder).map(({ jobDb }) => jobDb),
    directors,
    archive,
    clock: new SystemClock(),
    onFinished: ({ id }) => logger.info({ erasure: id }, "erased for good"),
    onFailure: (err) => logger.warn({ err }, "could not go on with erasing yet"),
  });
}

/**
 * Undefined: nothing is archived. One on the disk of the data rests while that is low: what is free then is for the outcomes of
 * what was accepted.
 */
export function openArchive(
  { settings, logger, storage }: Composition,
  disk: Pick<DiskKeeper, "low">,
): ThreadedArchive | undefined {
  const place = archivePlaceOf(settings);
  if (place === undefined) return undefined;
  return new ThreadedArchive({
    place,
    outbound: archiveOutboundOf(settings),
    jobDbFolder: jobDbFolderOf(settings),
    ldbPath: ldbPathOf(settings),
    clock: new SystemClock(),
    rests: () => disk.low && isOnDiskOf(place.location, settings.data),
    onStored: (stored) => {
      storage.archived += 1;
      storage.archivedBytes += stored.bytes;
      logger.info(stored, "archived");
    },
  });
}

/** As it is now: another disk may be mounted there by and by. */
function isOnDiskOf(location: ArchiveLocation, data: string): boolean {
  return location.kind === "folder" && diskOf(location.path) === diskOf(data);
}

function createArchiver({ logger, storage }: Composition, archive: ThreadedArchive): Archiver {
  const onFailure = (err: unknown): void => {
    storage.archiveFailures += 1;
    logger.warn({ err }, "could not archive yet");
  };
  return new Archiver({ archive, clock: new SystemClock(), onFailure });
}

function createDropper(
  { settings, logger, storage }: Composition,
  { reader, archive, control, directors, history, readers }: RetentionParts,
): Dropper {
  return new Dropper({
    clock: new SystemClock(),
    retention: () => ({
      keptMs: settings.retentionMs,
      ownKeptMs: reader.retentionsMs(),
      bytesMax: settings.historyBytesMax ?? Infinity,
    }),
    jobDbs: async () => (storage.jobDbs = await history.stored()),
    pins: () => reader.runningTasks().map(pinOf),
    archive,
    drop: (jobDb) => directors.drop(jobDb),
    onDropped: ({ number, bytes }) => {
      for (const each of readers) each.closeDropped();
      storage.dropped += 1;
      logger.info({ jobDb: number, bytes }, "dropped history whose time is over");
      recordDrop(control, number).catch((err: unknown) => {
        logger.warn({ err, jobDb: number }, "could not record in the audit log what was dropped");
      });
    },
    onFailure: (err) => {
      storage.dropFailures += 1;
      logger.warn({ err }, "could not drop history whose time is over yet");
    },
  });
}

/** After the unlink, as that may not wait for the control store: a crash between the two loses the entry. */
function recordDrop(audit: AuditedWrites, jobDb: number): Promise<void> {
  const about = {
    organization: noOrganization,
    application: undefined,
    subjects: { job_db: String(jobDb) },
  };
  return audit.audited(callOfServer("server.history.drop", about)).record("done");
}

/** What a task has still to read. */
function pinOf({ sinceMs, untilMs, cursor }: BackgroundTask): PinnedSpan {
  const reachedMs = cursor === undefined ? undefined : parseMessageId(cursor)?.atMs;
  return { sinceMs: reachedMs ?? sinceMs, untilMs };
}
