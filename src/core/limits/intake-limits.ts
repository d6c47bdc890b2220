/** What comes in: requests, tokens, and messages until they are stored. */
export const intakeLimits = {
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
  /** How often inbound requests are looked at for the two above, and connections for answers that nobody reads. */
  requestTimeoutCheckMs: 1_000,
  /** What a client has for reading its answers, and the time that each of their bytes adds to it: 128 s for a page of 4 MiB. */
  answerGraceMs: 30_000,
  answerBytesPerSecondMin: 32 * 1024,
  /** Answers that wait for their clients, of all connections; and those that are not counted, each, as they are small. */
  heldAnswerBytesMax: 128 * 1024 * 1024,
  heldAnswerBytesMin: 4 * 1024,
  /** All headers of one inbound request. */
  requestHeaderBytesMax: 16 * 1024,
  /** An inbound connection without a request is closed after this: longer than the 60 s of most proxies' pools. */
  inboundIdleMs: 72_000,
  /** Headers of one inbound request; Node leaves out what is above 2,000 without a word. */
  requestHeadersMax: 200,
  /** Inbound connections: each can hold one body of `batchBodyBytesMax` while it is read. */
  inboundConnectionsMax: 4_096,
  /** Of one client, by default: eight of them can take all. */
  clientConnectionsMaxDefault: 512,
  /** Requests on one connection that wait for their answers: what a connection can hold is bounded by it. */
  pipelinedRequestsMax: 64,
  /** Origins whose pages may use the API: each request with an origin looks one up. */
  corsOriginsMax: 100,
  /** How long a browser may remember that they may. */
  corsMaxAgeSeconds: 600,
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
  /** Payloads on a page: it is in memory until it is read, however slowly. A page of 250 could have 250 MiB. */
  pagePayloadBytesMax: 4 * 1024 * 1024,

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
  /** Messages in hand that are bulk: more or fewer are so in proportion. */
  intakeBulkMessages: 100,
  /** Messages a second that nobody rests longer for than to have as many. */
  lightMessagesPerSecond: 500,
  /** The longest rest that can be owed for bulk: that of a full batch, and what a flood waits when somebody else comes. */
  intakeBulkDebtMsMax: 2_000,
  /** Messages that bulk may have in hand while others hand in a little without a rest before: so single ones go on evenly. */
  intakeTrickleMessages: 8,
  /** The shortest rest: what timers can do. */
  intakeRestMsMin: 1,
  /** Who has handed in within this time is there: bulk of others rests for it. */
  intakeNeighbourMs: 1_000,
  /** The share of the time in which one application may have bulk in hand while others hand in a little, and its bounds. */
  bulkShareDefault: 0.1,
  bulkShareMin: 0.01,
  /** Messages a second that an operator may allow: one in 100 s, more than a machine takes. */
  ingestRateMin: 0.01,
  ingestRateMax: 10_000_000,
  /** How far ahead of such a rate somebody may be. */
  ingestBurstMsDefault: 1_000,
  ingestBurstMsMax: 60 * 60 * 1000,
  /** Senders that one message looks at, to forget those that are not ahead: more than it can add. */
  ingestRatesSwept: 2,
  /** How long work for a batch goes on before others have their turn; one message, which may have 1 MiB, can take longer. */
  judgingTurnMs: 0.5,
  /** Single messages of a flood that have one such turn together: as long. */
  turnSharersMax: 4,
  /** How far apart turns of bulk are while others hand in a little, × its share: 2 ms with a share of 0.1. */
  judgingSpacingMs: 0.2,
  /** At most: with more a flood of single messages, each of which has two turns with three others, had less than 500 a second. */
  judgingSpacingMsMax: 3,
  /** Turns that may wait for that; when there are more they follow each other at once. */
  spacedTurnsMax: 4,
} as const;
