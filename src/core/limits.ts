/**
 * Every bound of the program, with its unit in its name and its reason beside it. A queue, a body, a batch or a
 * wait that has no line here has no bound, and that is a bug.
 */
export const limits = {
  /** An inbound body. One message, as most receivers refuse more than this anyway. */
  bodyBytesMax: 1024 * 1024,
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
  /** Inbound connections: each can hold one body of `bodyBytesMax` while it is read. */
  inboundConnectionsMax: 4_096,
  /** Bearer tokens remembered as verified, so that the next request costs a lookup instead of a MAC. */
  verifiedTokensMax: 10_000,
  /** How far the clock of whoever made a token may differ from ours. */
  tokenLeewaySeconds: 5,
  /** Wrong fields that one answer tells about. */
  wrongFieldsMax: 100,
  /** Event types that one endpoint asks for: each is in memory with its subscription. */
  eventTypesPerEndpointMax: 1_000,
  /** Entries of a listing page (Svix's cap and default). */
  pageMax: 250,
  pageDefault: 50,

  /** Messages and outcomes in one commit: bounds the time one transaction takes and what one crash can repeat. */
  commitRowsMax: 4_000,
  /** Payload bytes in one commit. */
  commitBytesMax: 16 * 1024 * 1024,
  /** Payload bytes that were handed in and are not committed yet, per Director; above it new messages get 503. */
  uncommittedBytesMax: 64 * 1024 * 1024,
  /** Messages that were handed in and are not committed yet, per Director; above it new messages get 503. */
  uncommittedMessagesMax: 20_000,
  /** Outcomes that wait for a commit, per Director; above it no new attempt starts. */
  uncommittedOutcomesMax: 8_000,
  /** Endpoints that one message can go to: a delivery's number is its message's row times this, plus an ordinal. */
  deliveriesPerMessageMax: 65_536,

  /** Deliveries of one virtual queue held in memory, once for first attempts and once for retries that are due. */
  windowDeliveries: 256,
  /** Rows that one refill reads from a JobDb, so that a long scan never holds up a commit for long. */
  refillRowsMax: 1_000,
  /** Refills under way at once, per Director. */
  refillsMax: 8,
  /** Payload bytes kept in memory between commit and attempt, per Director; the rest is read back from the JobDb. */
  payloadCacheBytes: 64 * 1024 * 1024,
  /** Open requests to one endpoint. */
  concurrencyPerEndpoint: 32,
  /** Open requests of one Director: a slot is the scarce thing. */
  slots: 2_048,
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
  /** Addresses that a name may resolve to. */
  resolvedAddressesMax: 16,
  /** An idle connection is closed after this, before most servers close it under us. */
  idleConnectionMs: 4_000,
  /** Endpoints that keep a connection pool; the least recently used idle one is closed first. */
  connectionPoolsMax: 4_096,

  /** An endpoint's `Retry-After` is honoured up to this. */
  retryAfterMsMax: 24 * 60 * 60 * 1000,
  /** Each retry waits up to this share longer than its schedule says, so that a herd spreads out. */
  retryJitter: 0.1,
  /** Entries of a retry schedule, and the longest wait in it. */
  retryScheduleEntriesMax: 50,
  retryDelaySecondsMax: 30 * 24 * 60 * 60,

  /** From SIGTERM to exit. Must exceed `attemptTimeoutMsMax` less what supervisors grant; most grant 30 s. */
  shutdownMs: 25_000,
  /** Directors in one process. */
  directorsMax: 64,
} as const;
