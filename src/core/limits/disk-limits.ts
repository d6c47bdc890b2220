/** The disk, what looks after it, and the archive. */
export const diskLimits = {
  /** Free bytes of the data folder's disk below which nothing new is accepted: two full WALs, their copies, and hours of outcomes. */
  diskLowWaterMebibytesDefault: 512,
  diskLowWaterMebibytesMax: 1024 * 1024,
  /** How much more than that has to be free before anything is accepted again. */
  diskRoomyFactor: 9 / 8,
  /** How often it is looked how much is free; what is accepted in between is counted. */
  diskLookMs: 1_000,
  /** What a message takes on disk besides its payload: row, deliveries and index entries. */
  messageBytesEstimate: 512,
  /** The ballast is this share of the low-water mark, up to `ballastBytesMax`: a WAL's worth of outcomes. */
  ballastShare: 1 / 4,
  ballastBytesMax: 64 * 1024 * 1024,
  /** Bytes of the ballast that are written at once. */
  ballastChunkBytes: 1024 * 1024,
  /** In this time the scrubber reads every JobDb once … */
  scrubIntervalMs: 7 * 24 * 60 * 60 * 1000,
  /** … so many rows in a step, some ms, and then it rests for this many times as long: a tenth of a disk's time at the most. */
  scrubbedRowsMax: 500,
  scrubRestFactor: 9,
  /** How often `doctor` syncs a file to see how long the disk takes. */
  measuredSyncs: 100,
  /** Quicker than this in the middle of them, nothing has reached a disk; slower than that at their end, each 202 is felt to wait. */
  honestSyncMicrosecondsMin: 20,
  quickSyncMicrosecondsMax: 50_000,
  /** Before this no clock is right (2026-01-01); and how far one may be behind what was written last. */
  plausibleNowMs: 1_767_225_600_000,
  clockBehindMsMax: 5_000,
  /** Open files that `doctor` wants a process to be allowed: requests in and out at their bounds, and files of JobDbs. */
  openFilesWanted: 8_192,
  /** What a start needs to be free, with the ballast given up: a new JobDb and the files beside those that are there. */
  diskStartBytes: 768 * 1024,
  /** Lines of an archive that are compressed together, and in memory with the like of it compressed; a line may make it some MiB more. */
  archiveBlockBytes: 8 * 1024 * 1024,
  /** Rows that archiving reads at once from a JobDb: attempts have answers of 16 KiB. */
  archivedRowsPerPage: 100,
  /** Applications, endpoints and event types that a manifest lists: with more, an archive is looked into. */
  archivedKeysMax: 10_000,
  /** Of a page of archives: requests to S3 at once … */
  manifestsReadAtOnce: 8,
  /** … and pages that wait for the one that is being read: S3 takes some tenths of a second for each. */
  archivePagesWaitingMax: 20,
  /** How often it is looked whether a JobDb was drained, and after what time one that could not be archived is tried again, at first. */
  archiverIntervalMs: 60_000,
  archiverRetryMs: 60_000,
  /** The longest wait between two tries to put something there, or to take it out: waits double up to it. */
  archiveRetryMsMax: 60 * 60 * 1000,
  /** How far the threads of archiver and scrubber step behind the others (Linux's niceness, 0 to 19). */
  backgroundNice: 10,
  /** How long the archiver has to end at a block's end. */
  archiverStopMs: 2_000,
  /** An archive in S3: connecting, one request with a block, and how often it is tried. */
  archiveConnectTimeoutMs: 5_000,
  archiveRequestTimeoutMs: 60_000,
  archiveRequestAttempts: 3,
} as const;
