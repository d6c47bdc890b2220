/** Of the dashboard and of browsers that are logged in to it. */
export const dashboardLimits = {
  /** Sessions of browsers: each is a credential of at most `requestHeaderBytesMax` in memory; the one that rested longest goes. */
  sessionsMax: 1_000,
  /** A session without a request for this long is over: a working day and its evening. */
  sessionIdleMs: 12 * 60 * 60 * 1000,
  /** One file of the built page. */
  dashboardFileBytesMax: 4 * 1024 * 1024,
} as const;
