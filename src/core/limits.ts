/**
 * Every bound of the program, with its unit in its name and its reason beside it. A queue, a body, a batch or a
 * wait that has no line here has no bound, and that is a bug.
 */
export const limits = {
  /** An inbound body. One message, as most receivers refuse more than this anyway. */
  bodyBytesMax: 1024 * 1024,
  /** The body of a batch: of each message in it `bodyBytesMax` holds as well. */
  batchBodyBytesMax: 2 * 1024 * 1024,
  /** Messages of one batch: one transaction takes them all, and one answer tells of each. */
  batchMessagesMax: 1_000,
  /** Nesting of an inbound JSON body: deep nesting parses where it can't be written again. */
  jsonDepthMax: 64,
  /** Reading the headers and the body of one inbound request; Node's own defaults are minutes. */
  requestTimeoutMs: 30_000,
  /** Reading the headers alone. */
  requestHeadersTimeoutMs: 10_000,
  /** How often inbound requests are looked at for the two above. */
  requestTimeoutCheckMs: 1_000,
  /** All headers of one inbound request. */
  requestHeaderBytesMax: 16 * 1024,
  /** An inbound connection without a request is closed after this: longer than the 60 s of most proxies' pools. */
  inboundIdleMs: 72_000,
  /** Inbound connections: each can hold one body of `batchBodyBytesMax` while it is read. */
  inboundConnectionsMax: 4_096,
  /** Bearer tokens remembered as verified, so that the next request costs a lookup instead of a MAC. */
  verifiedTokensMax: 10_000,
  /** How far the clock of whoever made a token may differ from ours. */
  tokenLeewaySeconds: 5,
  /** API keys of one organisation that have not been deleted: each is a row, and a list shows them all. */
  apiKeysPerOrganizationMax: 1_000,
  /** Rows of expired tokens that each logout erases: more than it adds, so that they don't grow. */
  revokedTokensErasedPerLogout: 10,
  /** How long a request that is repeated with its idempotency key gets the first answer (Svix's rule). */
  answersKeptMs: 12 * 60 * 60 * 1000,
  /** Answers to messages that are known without looking on disk, 5 to 11 bytes each: 740 requests with a key a second for 12 h. */
  recentAnswersMax: 32_000_000,
  /** They are forgotten by such slices of time, each with a table that doubles as it grows (some ms for 500,000). */
  recentHashesSliceMs: 30 * 60 * 1000,
  /** Answers read at once while history is asked for all recent ones: a millisecond. */
  answersPerTurn: 1_000,
  /** Characters of an idempotency key. */
  idempotencyKeyCharactersMax: 256,
  /** Requests with a refused token that are looked up at once, as they may repeat the one that ended the token. */
  refusedTokensUnderWayMax: 16,
  /** Answers of the control store, older than that, that each one it keeps erases: more than it adds, so that they don't grow. */
  answersErasedPerWrite: 10,
  /** How long a portal's token works (Svix's bounds and default). */
  portalTokenSecondsMin: 60 * 60,
  portalTokenSecondsMax: 7 * 24 * 60 * 60,
  /** Wrong fields that one answer tells about. */
  wrongFieldsMax: 100,
  /** Of each message of a batch. */
  wrongFieldsPerMessageMax: 10,
  /** Event types that one endpoint asks for: each is in memory with its subscription. */
  eventTypesPerEndpointMax: 1_000,
  /** Nesting of an example that is made from an event type's schema, and values in all of it. */
  exampleDepthMax: 12,
  exampleValuesMax: 5_000,
  /** Characters of a text in it that somebody has not written down. */
  exampleTextMax: 64,
  /** Entries of a listing page (Svix's cap and default). */
  pageMax: 250,
  pageDefault: 50,

  /**
   * Messages of one application that are being judged, stored and answered; what more is handed in waits for that. One
   * full batch: two would share a commit, which everybody's messages wait for.
   */
  intakeMessagesPerApplication: 1_000,
  /** Of all applications: less than `uncommittedMessagesMax`, so that whoever waits here does not get 503 there. */
  intakeMessagesUnderWay: 16_000,
  /** Requests of one application that wait for that with their bodies, and these; above it new ones get 429. */
  intakeRequestsWaiting: 1_000,
  intakeBytesWaiting: 16 * 1024 * 1024,
  /** Applications of which is remembered that they have had more than their part: some 150 bytes each. */
  intakeOwnersAhead: 10_000,
  /** How long a batch is judged before others have their turn; one message, which may have 1 MiB, can take longer. */
  judgingTurnMs: 1,

  /** Messages and outcomes in one commit: bounds the time one transaction takes and what one crash can repeat. */
  commitRowsMax: 4_000,
  /** Payload bytes in one commit. */
  commitBytesMax: 16 * 1024 * 1024,
  /** Payload bytes that were handed in and are not committed yet, per Director; above it new messages get 503. */
  uncommittedBytesMax: 64 * 1024 * 1024,
  /** Messages that were handed in and are not committed yet, per Director; above it new messages get 503. */
  uncommittedMessagesMax: 20_000,
  /** How long an outcome waits for a message to be committed with, as nobody but strict order waits for it. */
  outcomeWaitMs: 3,
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

  /** Deliveries of one virtual queue held in memory, once for first attempts and once for retries that are due. */
  windowDeliveries: 256,
  /** Rows that one refill reads from a JobDb, so that a long scan never holds up a commit for long. */
  refillRowsMax: 1_000,
  /** Refills under way at once, per Director. */
  refillsMax: 8,
  /** Runs of 4,096 messages that one refill looks through for an endpoint: half a µs each, so 2 ms of a commit's time. */
  refillRunsMax: 4_096,
  /** Payload bytes kept in memory between commit and attempt, per Director; the rest is read back from the JobDb. */
  payloadCacheBytes: 64 * 1024 * 1024,
  /** Endpoints without unsettled deliveries of which is remembered how much they bear: some 2 KiB each. */
  idleGatesMax: 10_000,
  /** Minutes of which an endpoint's attempts are counted: 12 bytes each. */
  talliedMinutes: 60,
  /** Open requests to one endpoint. */
  concurrencyPerEndpoint: 32,
  /** Open requests to an endpoint of which nothing is known yet: few enough not to hurt it, nor us if it hangs. */
  concurrencyInitial: 4,
  /** Open requests of one Director: a slot is the scarce thing. */
  slots: 2_048,
  /** The part of a Director's slots that one application may hold while others wait. */
  applicationSlotsShare: 0.5,
  /**
   * Slot time that each queue may start attempts for in one round: small, so that rounds are short and a newcomer soon
   * has its turn; not smaller than a quick attempt, so that most queues need no more than a place in the next round.
   */
  roundMs: 10,
  /** The least that an attempt costs: what it takes of the processor counts, however quick the answer. */
  attemptCostMsMin: 1,
  /** What an attempt is expected to take as long as nothing is known of its application. */
  attemptCostMsInitial: 50,
  /** The weight of the newest attempt in what the next one is expected to take: four make two thirds of it. */
  attemptCostWeight: 0.25,
  /** The most slot time that can be owed: 32 attempts of the default deadline that nobody expected, with room. */
  slotDebtMsMax: 10 * 60 * 1000,
  /** Accounts without work that one call looks at, to forget those without debt: more than one call can add. */
  accountsSweptPerCall: 2,
  /** Deliveries that one request cancels: about a second, in commits of a page each. */
  cancelledTogetherMax: 10_000,
  /** Due retries are read at most this often, so that those due together are read together. */
  dueTickMs: 50,
  /** The longest timer: what is due later is looked at again then. Node's timers end at 2^31 ms. */
  timerMsMax: 60 * 60 * 1000,
  /** Payload bytes in open requests, per Director; above it no new attempt starts. */
  inFlightBytesMax: 256 * 1024 * 1024,

  /** One attempt, from resolving the name to the last byte of the answer. */
  attemptTimeoutMsDefault: 15_000,
  attemptTimeoutMsMin: 1_000,
  attemptTimeoutMsMax: 30_000,
  /** Bytes of an answer's body that are read before the socket is destroyed. */
  answerBytesRead: 64 * 1024,
  /** Bytes of an answer's body that are stored with the attempt. */
  answerBytesStored: 16 * 1024,
  /** Bytes of an answer's headers. */
  answerHeaderBytesMax: 16 * 1024,
  /** Interim (1xx) answers before the final one: a flood of them is no answer. */
  interimAnswersMax: 16,
  /** Characters of an endpoint's URL: what most servers take. */
  urlCharactersMax: 2_048,
  /** Headers that an endpoint's owner may add, and the characters of one value. */
  customHeadersMax: 32,
  customHeaderCharactersMax: 4_096,
  /** Name resolution of one connect. */
  resolveTimeoutMs: 3_000,
  /** After how long without an answer another name server is asked as well; each question costs as much as the first. */
  resolveAgainMs: 2_000,
  /** Addresses that a name may resolve to. */
  resolvedAddressesMax: 16,
  /** Connects of one endpoint under way at first; with success they grow up to `concurrencyPerEndpoint`. */
  connectsInitial: 4,
  /** Sockets that one Director dials in one turn of its event loop: a millisecond of its time each with TLS. */
  dialsPerTurn: 4,
  /** An idle connection is closed after this, before most servers close it under us. */
  idleConnectionMs: 4_000,
  /** Endpoints that keep a connection pool; the least recently used idle one is closed first. */
  connectionPoolsMax: 4_096,

  /** An endpoint is paused when it has only failed for this long, and in at least as many attempts … */
  pauseAfterMs: 30_000,
  pauseAttemptsMin: 5,
  /** … and is probed after this, then after twice as long each time, up to the longest wait. */
  probeDelayMs: 10_000,
  probeDelayMsMax: 10 * 60 * 1000,
  /** Each wait for a probe is up to this share longer, so that endpoints that fell together are not probed together. */
  probeJitter: 0.25,
  /** Endpoints whose failures and pauses are made durable in one transaction: some 10 µs of the control store's time each. */
  healthKeptTogetherMax: 1_000,
  /** How long the newest of them wait when the control store is overloaded. */
  healthRetryMs: 1_000,
  /** An endpoint that has only failed for this long is disabled (five days, as Svix does). */
  disableAfterMs: 5 * 24 * 60 * 60 * 1000,
  /** How long an endpoint is left alone that answers 429, 502 or 504 without saying for how long. */
  holdMsDefault: 1_000,
  /** How long a `Retry-After` can hold a whole endpoint: its delivery alone waits up to `retryAfterMsMax`. */
  holdMsMax: 60 * 60 * 1000,

  /** Lateness that a rate limit makes up for: timers have whole milliseconds and a busy loop is late by some. */
  rateCatchUpMs: 10,

  /** An endpoint's `Retry-After` is honoured up to this. */
  retryAfterMsMax: 24 * 60 * 60 * 1000,
  /** Each retry waits up to this share longer than its schedule says, so that a herd spreads out. */
  retryJitter: 0.1,
  /** Entries of a retry schedule, and the longest wait in it. */
  retryScheduleEntriesMax: 50,
  retryDelaySecondsMax: 30 * 24 * 60 * 60,

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
  historyTurnMs: 2,
  /** Deliveries that one request counts, some µs each and 4,096 in one turn at the most. */
  countedDeliveriesMax: 100_000,

  /** Control writes that wait for their turn; above it new ones get 503. Each takes an fsync. */
  controlWritesPendingMax: 1_000,
  /** Ledger entries applied to the LDB in one transaction. */
  ledgerBatchEntries: 1_000,
  /** How often the reflector looks at the ledger though nobody has woken it: only after a failure is there anything. */
  reflectorPollMs: 2_000,
  /** Changes that the LDB lists for its readers; who is further behind empties its caches. */
  ldbChangesKept: 10_000,
  /** Old signing secrets of an endpoint that still sign: each makes every request longer and takes its time. */
  oldSecretsMax: 10,
  /** How long an old signing secret goes on signing (Svix's default and cap). */
  secretOverlapSecondsDefault: 24 * 60 * 60,
  secretOverlapSecondsMax: 7 * 24 * 60 * 60,
  /** Background tasks of one organisation that run at once. */
  backgroundTasksRunningMax: 100,
  /** How long an ended one can be looked at, and how many older ones each new one erases: more than it adds. */
  backgroundTasksKeptMs: 90 * 24 * 60 * 60 * 1000,
  backgroundTasksErasedPerStart: 10,
  /** Messages that one step of a background task looks at: one commit, and what a crash can repeat. */
  taskMessagesTogether: 250,
  /** Resends to one endpoint that have not begun, above which tasks wait: it has some seconds' work, and others' come before long. */
  resendsWaitingMax: 1_000,
  /** After how long tasks that wait look again. */
  taskWaitMs: 1_000,
  /** After how long a task that could not go on is tried again. */
  taskRetryMs: 5_000,
  /** Each of the four caches of an LDB reader, in estimated bytes. */
  ldbCacheBytesMax: 32 * 1024 * 1024,
  /** Endpoints of one application: each message is compared with all of them, and each of its deliveries has a number. */
  endpointsPerApplicationMax: 10_000,

  /** Operational events that become messages in one transaction: 30 µs each of the API's thread, which then takes its turn. */
  announcedTogetherMax: 100,
  /** After a failure that may pass, operational events are tried again in this time. */
  announcerRetryMs: 1_000,
  /** How often it is made durable which attempts were told of: a crash looks at those since once more. */
  toldAttemptsKeptMs: 1_000,

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
  /** How often it is looked whether a JobDb was drained, and after what time an archive that failed is tried again. */
  archiverIntervalMs: 60_000,
  archiverRetryMs: 60_000,
  /** How far the archiver's thread steps behind the others (Linux's niceness, 0 to 19). */
  archiverNice: 10,
  /** How long the archiver has to end at a block's end. */
  archiverStopMs: 2_000,
  /** An archive in S3: connecting, one request with a block, and how often it is tried. */
  archiveConnectTimeoutMs: 5_000,
  archiveRequestTimeoutMs: 60_000,
  archiveRequestAttempts: 3,

  /** From SIGTERM: inbound requests under way end within this, or their connections are closed … */
  requestsDrainMs: 3_000,
  /** … and then attempts under way within this. Together 25 s, as most supervisors kill after 30 s. */
  attemptsDrainMs: 22_000,
  /** Directors in one process. */
  directorsMax: 64,
} as const;
