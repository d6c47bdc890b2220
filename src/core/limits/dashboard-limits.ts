/** Of the dashboard and of browsers that are logged in to it. */
export const dashboardLimits = {
  /** Sessions of browsers: each is a credential of at most `requestHeaderBytesMax` in memory; the one that rested longest goes. */
  sessionsMax: 1_000,
  /** A session without a request for this long is over: a working day and its evening. */
  sessionIdleMs: 12 * 60 * 60 * 1000,
  /** Overviews that go on, of all organisations: a timer and a text of 12 KiB a second each. */
  overviewStreamsMax: 100,
  /** Then a stream ends, and whoever opens it anew is asked for a valid credential again. */
  overviewStreamMsMax: 5 * 60 * 1000,
  /** Streams of what happens to messages, of all organisations: each costs some microseconds a message and an attempt. */
  activityStreamsMax: 32,
  /** What one of them may have to tell to a reader who is slow, some 0.5 KiB each; what comes then is counted and left out. */
  activityWaitingMax: 1_000,
  /** How often it says that it is still there, and looks whether its reader may still read. */
  activityHeartbeatMs: 15_000,
  /** Endpoints that an overview shows: a Director is asked about each of them once a second, while somebody looks. */
  overviewEndpointsMax: 10,
  /** Organisations whose overview is kept for the next one who asks within a second: 12 KiB each. */
  overviewsKeptMax: 1_000,
  /** JobDbs that are listed: 160 bytes each in the answer. */
  jobDbsShownMax: 1_000,
  /** What the portal says above everything. */
  brandNameCharactersMax: 64,
  /** The portal's logo: it is loaded with every first look. */
  brandLogoBytesMax: 256 * 1024,
  /** One file of the built page. */
  dashboardFileBytesMax: 4 * 1024 * 1024,
} as const;
