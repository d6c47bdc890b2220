/** Virtual queues, slots and fairness. */
export const queueLimits = {
  /** Deliveries of one virtual queue held in memory, once for first attempts and once for retries that are due. */
  windowDeliveries: 256,
  /** Rows that one refill reads from a JobDb, so that a long scan never holds up a commit for long. */
  refillRowsMax: 1_000,
  /** Refills under way at once, per Director. */
  refillsMax: 8,
  /** Runs of 4,096 messages that one refill looks through for an endpoint: half a µs each, so 2 ms of a commit's time. */
  refillRunsMax: 4_096,
  /** Payloads that one read of a JobDb brings: each may have `bodyBytesMax`. */
  payloadsPerRead: 64,
  /** Payloads that are read along with one, as they come next: a read wakes the thread that commits, whatever it brings. */
  payloadsReadAhead: 31,
  /** Payload bytes kept in memory between commit and attempt, per Director; the rest is read back from the JobDb. */
  payloadCacheBytes: 64 * 1024 * 1024,
  /** Endpoints without unsettled deliveries of which is remembered how much they bear: some 2 KiB each. */
  idleGatesMax: 10_000,
  /** Minutes of which attempts are counted: 12 bytes each for an endpoint, 0.5 KiB for an organisation. */
  talliedMinutes: 60,
  /** How often a Director's counts are taken over: as often as somebody would look. */
  trafficSampleMs: 1_000,
  /** How often a Director looks at all its queues (8 ms for 10,000), so many in a turn, and of how many it tells. */
  surveyIntervalMs: 2_000,
  surveyedTogether: 200,
  surveyedQueuesMax: 200,
  /** Characters of the token that shows metrics: too many to be guessed. */
  metricsTokenCharactersMin: 16,
  /** Organisations whose traffic is counted by the minute: 30 KiB each. */
  trafficOrganizationsMax: 1_000,
  /** Applications of which it is known whose they are, without asking the LDB: 100 bytes each. */
  trafficApplicationsKnown: 100_000,
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
  /** How long a Director starts attempts before others have their turn: one takes 0.06 ms, or 1 ms with a new connection. */
  startingTurnMs: 3,
  /** Attempts a second that an application may start whatever else it has to send, and be called light … */
  lightAttemptsPerSecond: 500,
  /** … and how far ahead of that it may be: 32 at once. */
  lightAheadMs: 64,
  /** The most that it can be ahead: so soon is a flood that has ended light again. */
  bulkAheadMsMax: 128,
  /** Who has started an attempt within this time, being light, is there: bulk of others is paced for it. */
  bulkNeighbourMs: 1_000,
  /** What an attempt is taken to cost: 0.06 ms of the processor in this process were measured, and its endpoint is not counted. */
  bulkAttemptMs: 0.1,
  /** Attempts that the first one to an endpoint counts as: it makes a pool and a connection, 0.5 to 1.5 ms in all. */
  firstContactAttempts: 10,
  /** The same with TLS: 2.4 ms of CPU with its handshake. */
  firstTlsContactAttempts: 25,
  /** Turns of bulk that are missed by so much are made up for: what timers are late by on a machine that has room. */
  bulkCatchUpMs: 2,
  /** Applications that are looked at when another one is met, to forget those that are not ahead: more than are added. */
  bulkAccountsSwept: 2,
  /** Deliveries that one request cancels: about a second, in commits of a page each. */
  cancelledTogetherMax: 10_000,
  /** How long such a request waits for the outcomes of what is under way: the longest attempt (30 s), and its commit … */
  cancellationWaitMs: 35_000,
  /** … and how many wait at once, per Director: a part of `ordersMax`. */
  cancellationsWaitingMax: 100,
  /** Due retries are read at most this often, so that those due together are read together. */
  dueTickMs: 50,
  /** The longest timer: what is due later is looked at again then. Node's timers end at 2^31 ms. */
  timerMsMax: 60 * 60 * 1000,
  /** Payload bytes in open requests, per Director; above it no new attempt starts. */
  inFlightBytesMax: 256 * 1024 * 1024,
} as const;
