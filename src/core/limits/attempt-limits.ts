/** One attempt, the health of its endpoint, and retries. */
export const attemptLimits = {
  /** One attempt, from resolving the name to the last byte of the answer. */
  attemptTimeoutMsDefault: 15_000,
  attemptTimeoutMsMin: 1_000,
  attemptTimeoutMsMax: 30_000,
  /** Bytes of an answer's body that are read before the socket is destroyed. */
  answerBytesRead: 64 * 1024,
  /** Bytes of an answer's body that are stored with the attempt. */
  answerBytesStored: 16 * 1024,
  /** Bytes of an answer as it comes, with all that is not its body: endless empty lines or chunk extensions are no answer. */
  answerWireBytesMax: 128 * 1024,
  /** Lines of an answer as it comes: each header and each chunk is one or two, some calls, and 0.5 KiB of garbage. */
  answerLinesMax: 1_000,
  /** Bytes of an answer that are parsed at once: 64 KiB of the shortest headers hold the thread for 18 ms. */
  answerPieceBytes: 512,
  /** The next piece is twice as large if one has at most so many line feeds, up to this: one of lines alone costs a ms then. */
  answerPieceLinesFew: 4,
  answerPieceBytesMax: 4 * 1024,
  /** Such pieces of one connection in a turn of the event loop: what most answers have. */
  answerPiecesPerTurn: 8,
  /** How long what is left of all answers is parsed before others have their turn. */
  answersTurnMs: 0.25,
  /** Bytes of an answer's headers. */
  answerHeaderBytesMax: 16 * 1024,
  /** Interim (1xx) answers before the final one: a flood of them is no answer. */
  interimAnswersMax: 16,
  /** Characters of an endpoint's URL: what most servers take. */
  urlCharactersMax: 2_048,
  /** Entries of each list of subnets, names or ports that an operator allows or denies: each is looked at at each connect. */
  destinationRulesMax: 1_000,
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
  /** From one of an application's dials to the next, while others are sent to: 0.4 ms of CPU a connection without TLS. */
  dialSpacingMs: 2,
  /** TLS settings of endpoints' own that are kept made ready, up to 75 KiB each; what is needed again takes 0.3 ms. */
  secureContextsMax: 512,
  /** Characters of an endpoint's authorities, of its client certificate with its chain, and of a private key, all as PEM. */
  tlsAuthoritiesCharactersMax: 16_384,
  tlsChainCharactersMax: 16_384,
  tlsKeyCharactersMax: 8_192,
  /** Characters of a user name and of a password. */
  basicAuthCharactersMax: 512,
  /** An idle connection is closed between these, before most servers close it under us. */
  idleConnectionMsMin: 2_000,
  idleConnectionMsMax: 4_000,
  /** A pool without attempts is taken apart after this: its connections are closed by then, and 22 KiB are left of it. */
  poolIdleMs: 5_000,
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
  /**
   * By how much longer one attempt may take than another from its turn to its arrival, without more of them arriving in a
   * second than the rate is: payloads are read from the disk, and sockets and receivers have their own turns. It costs the
   * rate so much of a second; with none, 2,019 of 2,000 arrived.
   */
  rateWayMs: 25,

  /** An endpoint's `Retry-After` is honoured up to this. */
  retryAfterMsMax: 24 * 60 * 60 * 1000,
  /** Each retry waits up to this share longer than its schedule says, so that a herd spreads out. */
  retryJitter: 0.1,
  /** Entries of a retry schedule, and the longest wait in it. */
  retryScheduleEntriesMax: 50,
  retryDelaySecondsMax: 30 * 24 * 60 * 60,

  /** Spans of attempts that wait for the collector; above it they are not exported. */
  spansWaitingMax: 10_000,
  /** Spans of one request to it, how long the first waits for others, and how long the request may take. */
  spansPerRequest: 512,
  spansWaitMs: 1_000,
  spansRequestTimeoutMs: 5_000,
} as const;
