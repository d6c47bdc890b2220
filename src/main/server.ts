/**
 * The one composition root: opens the data folder, starts the threads, joins API, control store and Directors, and takes
 * them down again in the order in which nothing gets lost.
 *
 *     this thread: API, LDB reader, history     control: control store, reflector
 *     director-0 …: Director, transport         for each: jobdb (commits), janitor
 *     archiver: what is archived
 */
import type { HealthKeeping } from "../control/facade.ts";
import { changedEndpointOf } from "../control/control-change.ts";
import type { KeyRing } from "../control/key-ring.ts";
import { LdbReader } from "../control/ldb-reader.ts";
import { ThreadedControlWriter } from "../control/threaded-control-writer.ts";
import type { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { SealingLimits } from "../core/sealing.ts";
import type { Inspector } from "../director/inspector.ts";
import { Scrubber } from "../jobdb/sqlite/scrubber.ts";
import { quarantinedIn } from "../jobdb/sqlite/quarantine.ts";
import { takeUpJobDbs, type TakenUp } from "../jobdb/sqlite/take-up-job-dbs.ts";
import { SqliteHistory } from "../jobdb/sqlite/sqlite-history.ts";
import { SqliteNotableAttempts } from "../jobdb/sqlite/sqlite-notable-attempts.ts";
import type { ActivityFeed } from "./activity-feed.ts";
import { type AnnouncementSource, Announcer, type AnnouncerOptions } from "./announcer.ts";
import { AttemptAnnouncements } from "./attempt-announcements.ts";
import type { Closings, Composition } from "./composition.ts";
import { controlPathOf, jobDbFolderOf, ldbPathOf } from "./data-layout.ts";
import { destinationRulesOf, egressProxyOf } from "./destination-settings.ts";
import { Directors } from "./directors.ts";
import { disableEndpoint } from "./disable-endpoint.ts";
import { DiskKeeper } from "./disk-keeper.ts";
import { EndpointHealthWriter } from "./endpoint-health-writer.ts";
import { keyRingOf } from "./key-ring-of.ts";
import { readFlightRecords, removeOldFlightRecords } from "./flight-records.ts";
import type { Logger } from "./logger.ts";
import type { Settings } from "./setting-definitions.ts";
import { mendUnreadable } from "./mend-unreadable.ts";
import { hindranceLog } from "./message-log.ts";
import { openApi } from "./open-api.ts";
import { openInspector, startTemporaryEndpoints } from "./open-inspector.ts";
import { openObservation } from "./observation.ts";
import { openArchive, openRetention } from "./open-retention.ts";
import { stagedAnnouncements } from "./staged-announcements.ts";
import { StorageMeter, storageState } from "./storage-meter.ts";
import { SystemClock } from "./system-clock.ts";
import { startTaskRunner } from "./start-task-runner.ts";
import { takeDataFolder } from "./take-data-folder.ts";
import type { TraceExporter } from "./trace-exporter.ts";
import type { TrafficMeter } from "./traffic-meter.ts";
import { version } from "./version.ts";

export interface RunningServer {
  /** Such as `http://127.0.0.1:8071`. */
  readonly address: string;
  /**
   * Accepts nothing more, lets requests and attempts under way end (at most 25 s), and closes everything.
   * Idempotent.
   */
  stop(): Promise<void>;
  /** Resolves if the server can't go on: it should be stopped, and started again. */
  readonly failure: Promise<PosthornError>;
}

/**
 * Starts a server. Resolves when messages are accepted.
 * Fails with `data_locked`, `data_unwritable`, `data_newer`, `encryption_key_wrong`, `disk_full`, `sqlite_too_old`, `listen_failed`; then nothing runs.
 */
export async function startServer(settings: Settings, logger: Logger): Promise<RunningServer> {
  const failure = Promise.withResolvers<PosthornError>();
  const composition = { settings, logger, closings: [], storage: new StorageMeter() };
  let address: string;
  try {
    address = await compose(composition, (error) => {
      logger.fatal({ code: error.code }, error.message);
      failure.resolve(error);
    });
  } catch (error) {
    await closeAll(composition.closings);
    throw error;
  }
  logger.info(
    { address, data: settings.data, directors: settings.directors, version },
    "listening",
  );
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    logger.info("stopping");
    await closeAll(composition.closings);
    logger.info("stopped");
  };
  return { address, failure: failure.promise, stop: () => (stopped ??= stop()) };
}

async function closeAll(closings: Closings): Promise<void> {
  for (let close = closings.pop(); close !== undefined; close = closings.pop()) await close();
}

/** Returns where the API listens. */
async function compose(
  composition: Composition,
  onFailure: (error: PosthornError) => void,
): Promise<string> {
  const { settings, logger, closings } = composition;
  const lock = await takeDataFolder(settings, logger);
  closings.push(() => lock.release());
  const keyRing = keyRingOf(settings);
  const disk = await openDisk(composition);
  const lives = takeUp(composition);
  const { control, reader } = await openControl(composition, keyRing);
  const notable = new SqliteNotableAttempts(jobDbFolderOf(settings));
  closings.push(() => notable.close());
  const clock = new SystemClock();
  const attempts = new AttemptAnnouncements({ attempts: notable, stage: control, reader, clock });
  const health = openHealth(composition, control);
  const inspector = openInspector(reader);
  const observed = { reader, control, disk };
  const { traffic, traces, ...observation } = openObservation(composition, observed);
  const directors = startDirectors(composition, {
    disk,
    epoch: lock.epoch,
    keyRing,
    control,
    reader,
    health,
    attempts,
    meter: traffic,
    activity: observation.activity,
    traces,
    inspector,
    onFailure,
  });
  const history = new SqliteHistory(jobDbFolderOf(settings), lives);
  closings.push(() => history.close());
  const staged = stagedOf(control, reader);
  const archive = openArchive(composition, disk);
  const readers = [history, notable];
  const stored = { reader, archive, directors, control, history, readers };
  const retention = openRetention(composition, stored);
  const api = openApi(composition, {
    archives: archive,
    intake: directors,
    disk,
    queues: directors,
    traffic,
    storage: storageState(composition.storage, disk),
    isTracing: traces !== undefined,
    history,
    controlReader: reader,
    controlWriter: control,
    ...observation,
    inspections: inspector,
    auditLog: control,
    erasures: control,
    onErasure: () => void retention.purger.wake(),
  });
  // One takes as long as the other, on a core of its own.
  await Promise.all([directors.started, api.ready()]);
  removeOldFlightRecords(settings.data, settings.directors);
  startAnnouncer(composition, { sources: [staged, attempts], reader, intake: directors, history });
  const worked = { reader, writer: control, history, intake: directors, queues: directors };
  startTaskRunner(composition, worked, { archive, disk, dropper: retention.dropper, control });
  startTemporaryEndpoints(composition, { reader, inspector, control });
  const address = await api.listen();
  // Their threads would take a core from what clients wait for.
  retention.start();
  startScrubber(composition);
  return address;
}

function stagedOf(control: ThreadedControlWriter, reader: LdbReader): AnnouncementSource {
  const onStaged = (listener: () => void): void => {
    control.onChange((changes) => {
      if (changes.some(({ table }) => table.startsWith("endpoint"))) listener();
    });
  };
  return stagedAnnouncements({ stage: control, reader, onStaged });
}

interface DirectorParts {
  readonly disk: DiskKeeper;
  readonly epoch: number;
  readonly keyRing: KeyRing;
  readonly control: ThreadedControlWriter;
  readonly reader: LdbReader;
  readonly health: EndpointHealthWriter;
  readonly attempts: AttemptAnnouncements;
  readonly meter: TrafficMeter;
  readonly activity: ActivityFeed;
  readonly traces: TraceExporter | undefined;
  readonly inspector: Inspector;
  readonly onFailure: (error: PosthornError) => void;
}

function startDirectors(composition: Composition, parts: DirectorParts): Directors {
  const { settings, logger, closings } = composition;
  const log = hindranceLog(logger);
  const flights = readFlightRecords(settings.data, logger);
  const directors = new Directors({
    directors: settings.directors,
    disk: parts.disk,
    jobDbFolder: jobDbFolderOf(settings),
    ldbPath: ldbPathOf(settings),
    ldbGeneration: parts.control.generation,
    epoch: parts.epoch,
    flightFolder: settings.data,
    ...flights,
    keyRing: parts.keyRing,
    schedule: settings.retrySchedule,
    sealing: sealingOf(settings),
    bulkShare: settings.bulkShare,
    attemptTimeoutMs: settings.attemptTimeoutMs,
    svixHeaders: settings.svixHeaders,
    traceEndpoints: settings.traceEndpoints,
    destinationRules: destinationRulesOf(settings),
    egressProxy: egressProxyOf(settings),
    version,
    onGone: (endpoint) => {
      disableEndpoint({ endpoint, why: "answered 410" }, parts.control, {
        ...composition,
        reader: parts.reader,
      });
    },
    onFailedForLong: (endpoint, failSinceMs) => {
      const why = "has only failed for five days";
      disableEndpoint({ endpoint, why, failSinceMs }, parts.control, {
        ...composition,
        reader: parts.reader,
      });
    },
    onHealth: ({ endpoint, pause }) => parts.health.keep({ endpoint, pause }),
    meter: parts.meter,
    activity: parts.activity,
    onInspect: (request) => parts.inspector.arrive(request),
    onTraced: (spans) => parts.traces?.add(spans),
    onNotable: (jobDb) => parts.attempts.recorded(jobDb),
    ...log,
    onUnreadable: mendUnreadable(parts.control, logger),
    onDamaged: (message) => {
      composition.storage.damagedPayloads += 1;
      log.onDamaged(message);
    },
    onUnrecorded: (err) => logger.warn({ err }, "could not keep what is being handled"),
    onFailure: parts.onFailure,
  });
  closings.push(() => directors.stop(limits.attemptsDrainMs));
  parts.control.onChange((changes) => {
    for (const endpoint of new Set(changes.map(changedEndpointOf))) {
      if (endpoint !== undefined) directors.endpointChanged(endpoint);
    }
  });
  return directors;
}

async function openDisk({ settings, logger, closings }: Composition): Promise<DiskKeeper> {
  const { data, diskLowWaterMebibytes } = settings;
  const lowWaterBytes = diskLowWaterMebibytes * 1024 * 1024;
  const disk = await DiskKeeper.start({
    folder: jobDbFolderOf(settings),
    lowWaterBytes,
    clock: new SystemClock(),
    onLow: (freeBytes) => {
      logger.error({ freeBytes, lowWaterBytes, data }, "the disk is full: new messages get 503");
    },
    onRoomy: (freeBytes) => {
      logger.info({ freeBytes, lowWaterBytes, data }, "the disk has room again");
    },
    onFailure: (err) => logger.warn({ err, data }, "could not look how full the disk is"),
  });
  closings.push(() => disk.stop());
  return disk;
}

function takeUp({ settings, logger, storage }: Composition): TakenUp["lives"] {
  const folder = jobDbFolderOf(settings);
  const { quarantined, lives } = takeUpJobDbs(folder);
  storage.setAside = quarantinedIn(folder).length;
  for (const found of quarantined) {
    storage.damagedJobDbs += 1;
    logger.error(found, "a JobDb is damaged and set aside: what was unsettled in it is not sent");
  }
  return lives;
}

function startScrubber({ settings, logger, closings, storage }: Composition): void {
  const scrubber = new Scrubber({
    folder: jobDbFolderOf(settings),
    freeBytesMin: settings.diskLowWaterMebibytes * 1024 * 1024 * limits.summaryRoomFactor,
    onFound: (finding) => {
      storage.damagedJobDbs += 1;
      logger.error(finding, "the scrubber has found a damaged JobDb");
    },
    onDone: () => logger.debug("the scrubber has looked at every JobDb"),
    onFailure: (err) => logger.error({ err }, "the scrubber can't go on"),
  });
  closings.push(() => scrubber.stop());
}

function openHealth(
  { logger, closings }: Composition,
  control: HealthKeeping,
): EndpointHealthWriter {
  const health = new EndpointHealthWriter({
    control,
    clock: new SystemClock(),
    onFailure: (err) => logger.error({ err }, "could not keep which endpoints fail"),
  });
  closings.push(() => health.stop());
  return health;
}

function startAnnouncer(
  { logger, closings }: Composition,
  options: Omit<AnnouncerOptions, "clock" | "onFailure">,
): void {
  const announcer = new Announcer({
    ...options,
    clock: new SystemClock(),
    onFailure: (err) => logger.warn({ err }, "could not tell the operator of what happened yet"),
  });
  closings.push(() => announcer.stop());
  announcer.start();
}

async function openControl(
  { settings, logger, closings }: Composition,
  keyRing: KeyRing,
): Promise<{
  readonly control: ThreadedControlWriter;
  readonly reader: LdbReader;
}> {
  const ldbPath = ldbPathOf(settings);
  const control = await ThreadedControlWriter.start({
    controlPath: controlPathOf(settings),
    ldbPath,
    keyRing,
    onResealed: () => logger.info({ key: keyRing[0].id }, "all secrets are sealed by this key now"),
    // What is accepted is delivered all the same; control writes answer 503.
    onFailure: (error) => logger.error({ code: error.code }, error.message),
  });
  closings.push(() => control.stop());
  const { sequence, hash } = await control.auditHead();
  logger.info({ auditHead: `${sequence}:${hash}` }, "the audit log goes on");
  const { generation } = control;
  const reader = new LdbReader(ldbPath, { nowMs: Date.now, generation, keyRing });
  closings.push(() => reader.close());
  return { control, reader };
}

function sealingOf({ jobDbRowsMax, jobDbBytesMax, jobDbAgeMsMax }: Settings): SealingLimits {
  return { rowsMax: jobDbRowsMax, bytesMax: jobDbBytesMax, ageMsMax: jobDbAgeMsMax };
}
