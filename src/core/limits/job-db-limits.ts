/** JobDbs: their commits, their lives, and their history. */
export const jobDbLimits = {
  /** Messages and outcomes in one commit: bounds the time one transaction takes and what one crash can repeat. */
  commitRowsMax: 4_000,
  /** Payload bytes in one commit. */
  commitBytesMax: 16 * 1024 * 1024,
  /** Payload bytes that were handed in and are not committed yet, per Director; above it new messages get 503. */
  uncommittedBytesMax: 64 * 1024 * 1024,
  /** Messages that were handed in and are not committed yet, per Director; above it new messages get 503. */
  uncommittedMessagesMax: 20_000,
  /** How long an outcome waits for a message to be committed with, as nobody but strict order waits for it. */
  outcomeWaitMs: 10,
  /** Outcomes that wait for a commit, per Director; above it no new attempt starts. */
  uncommittedOutcomesMax: 8_000,
  /** Resends that were asked for and are not committed yet, per Director; above it new ones get 503. */
  uncommittedResendsMax: 10_000,
  /** Resends and erasures under way, per Director; above it new ones get 503. */
  ordersMax: 1_000,
  /** Endpoints that one message can go to: a delivery's number is its message's row times this, plus an ordinal. */
  deliveriesPerMessageMax: 65_536,

  /** What one JobDb takes before the next one does: a file is dropped as a whole, and each open one costs descriptors and a page cache. */
  jobDbRowsMaxDefault: 10_000_000,
  jobDbBytesMaxDefault: 4 * 1024 * 1024 * 1024,
  jobDbAgeMsMaxDefault: 24 * 60 * 60 * 1000,
  /** The most that an operator may set: rows are counted exactly and ids have 37 bits for them; SQLite ends at 16 TiB. */
  jobDbRowsMaxMax: 1_000_000_000,
  jobDbBytesMaxMax: 1024 * 1024 * 1024 * 1024,
  jobDbAgeMsMaxMax: 365 * 24 * 60 * 60 * 1000,
  /** How full a JobDb is when the next one is made: what is left takes longer to fill than a file takes to be made. */
  preparedAtShare: 0.9,
  /** After how long it is tried again to make it, when there was no room on the disk. */
  sealingRetryMs: 10_000,

  /** How often JobDbs are looked through for payloads that have been kept for long enough. */
  erasureIntervalMs: 60 * 60 * 1000,
  /** Messages that one erasure looks through: a few ms of a commit's time. */
  erasedRowsMax: 1_000,

  /** How long history is kept by default (Svix's), and the most that an operator may ask for. */
  retentionDaysDefault: 90,
  retentionDaysMax: 3_650,
  /** How long a JobDb is kept at least after something was written to it, such as an attempt of what was sent again. */
  rewrittenKeptMs: 24 * 60 * 60 * 1000,
  /** How often is looked for JobDbs to drop: two looks at the folder per JobDb, 2 µs each. */
  dropIntervalMs: 10_000,

  /** WAL bytes of a JobDb that are not checkpointed yet, above which the janitor is told: larger makes fewer, longer fsyncs. */
  checkpointBytes: 8 * 1024 * 1024,
  /** WAL bytes above which the committing thread itself finishes a checkpoint, so that the WAL starts again from the front. */
  walRestartBytes: 64 * 1024 * 1024,
  /** How long a connection waits for another one's lock: only a successor or a checkpoint ever holds one. */
  sqliteBusyTimeoutMs: 5_000,
  /** Page cache of a connection that writes a JobDb, and of one that reads history. */
  writerCacheKiB: 16 * 1024,
  readerCacheKiB: 1024,
  /** WAL pages after which a commit to control.db or ldb.db does the checkpoint itself: SQLite's default. */
  controlAutocheckpointPages: 1_000,
  /** Page cache of a connection to control.db or ldb.db: SQLite's default. */
  controlCacheKiB: 2_000,
  /**
   * JobDbs that history keeps open, the least recently used closed first: two file descriptors and a page cache each. More
   * than 90 days of them by their default age, as an event id is looked up in each: 35 µs in one that is open, half a ms else.
   */
  historyConnectionsMax: 128,
  /** Runs of 4,096 rows that one statement of a history query looks through: half a µs each. */
  historyRunsMax: 1_024,
  /** How long history queries keep the thread before other work of it gets its turn; one statement may take 5 ms more. */
  historyTurnMs: 0.5,
  /** How often is looked for runs that are full since, to summarise them for searches, and after how long again when they can't be written … */
  summaryIntervalMs: 2_000,
  summaryRetryMs: 60_000,
  /** … so many at once, 10 to 20 ms each, before a newer JobDb has its turn … */
  summarisedRunsMax: 64,
  /** … and after each it is rested for this many times as long: a fiftieth of a core at the most. */
  summaryRestFactor: 49,
  /** Rows of the last run of a drained JobDb below which it is looked through without a summary: half a ms. */
  summarisedRowsMin: 512,
  /** How many times the low-water mark has to be free for summaries to be made: they take 0.8 % of what the rows do. */
  summaryRoomFactor: 2,
  /** Deliveries of a run above which those of none are read: a second. */
  summarisedDeliveriesMax: 1_000_000,
  /** Different values of a filter's field in one run, above which none are kept: a search looks at its rows. */
  runValuesMax: 64,
  /** Memory for the values of runs that were searched: some 300 bytes for each, application or endpoint, and field. */
  runValuesBytesMax: 16 * 1024 * 1024,
  /** Deliveries that one request counts, some µs each and 4,096 in one turn at the most. */
  countedDeliveriesMax: 100_000,
} as const;
