/** The control store, background tasks and announcements. */
export const controlLimits = {
  /** Control writes that wait for their turn; above it new ones get 503. Each takes an fsync. */
  controlWritesPendingMax: 1_000,
  /** Ledger entries applied to the LDB in one transaction. */
  ledgerBatchEntries: 1_000,
  /** How often the reflector looks at the ledger though nobody has woken it: only after a failure is there anything. */
  reflectorPollMs: 2_000,
  /** Changes that the LDB lists for its readers; who is further behind empties its caches. */
  ldbChangesKept: 10_000,
  /** Rows and ledger entries that are sealed anew in one transaction: other control writes wait for it (some ms). */
  rowsResealedTogether: 250,
  /** Encryption keys that may be given: each would have to be tried, and none is needed once nothing is under it. */
  encryptionKeysMax: 16,
  /** Old signing secrets of an endpoint that still sign: each makes every request longer and takes its time. */
  oldSecretsMax: 10,
  /** Characters of the reason of a pause by hand. */
  pauseReasonCharactersMax: 256,
  /** How long an old signing secret goes on signing (Svix's default and cap). */
  secretOverlapSecondsDefault: 24 * 60 * 60,
  secretOverlapSecondsMax: 7 * 24 * 60 * 60,
  /** Background tasks of one organisation that run at once. */
  backgroundTasksRunningMax: 100,
  /** How long an ended one can be looked at, and how many older ones each new one erases: more than it adds. */
  backgroundTasksKeptMs: 90 * 24 * 60 * 60 * 1000,
  backgroundTasksErasedPerStart: 10,
  /** Erasures of one organisation that run at once. */
  erasuresRunningMax: 100,
  /** After how long an erasure that could not go on is tried again. */
  erasureRetryMs: 5_000,
  /** Messages that one step of a background task looks at: one commit, and what a crash can repeat. */
  taskMessagesTogether: 250,
  /** Deliveries that one step sends again before it leaves the rest of its messages to the next: one message can have many. */
  taskSendingsTogether: 1_000,
  /** Resends to one endpoint that have not begun, above which tasks wait: it has some seconds' work, and others' come before long. */
  resendsWaitingMax: 1_000,
  /** After how long tasks that wait look again. */
  taskWaitMs: 1_000,
  /** After how long a task that could not go on is tried again. */
  taskRetryMs: 5_000,
  /** Each of the four caches of an LDB reader, in estimated bytes. */
  ldbCacheBytesMax: 32 * 1024 * 1024,
  /** Ids of endpoints by their keys that are kept in memory: some 8,000. */
  endpointIdsBytesMax: 1024 * 1024,
  /** Endpoints of one application: each message is compared with all of them, and each of its deliveries has a number. */
  endpointsPerApplicationMax: 10_000,

  /** Operational events that become messages in one transaction: 30 µs each of the API's thread, which then takes its turn. */
  announcedTogetherMax: 100,
  /** After a failure that may pass, operational events are tried again in this time. */
  announcerRetryMs: 1_000,
  /** How often it is made durable which attempts were told of: a crash looks at those since once more. */
  toldAttemptsKeptMs: 1_000,
} as const;
