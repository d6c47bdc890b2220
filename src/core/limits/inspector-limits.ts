/** Of the built-in receiver. */
export const inspectorLimits = {
  /** Requests that are kept of what came to one endpoint; the oldest goes. */
  arrivalsPerEndpointMax: 100,
  /** Bytes of them, headers included: one that a message of `bodyBytesMax` fits into. */
  arrivalBytesPerEndpointMax: 2 * 1024 * 1024,
  /** Of all endpoints of one organisation … */
  arrivalBytesPerOrganizationMax: 8 * 1024 * 1024,
  /** … and of all: it is memory of the API's thread. */
  arrivalBytesMax: 32 * 1024 * 1024,
  /** What a kept request counts besides its texts. */
  arrivalOverheadBytes: 512,
  /** Attempts a second that an endpoint at the inspector gets: each is handed to the API's thread, verified and kept there. */
  inspectorRatePerSecond: 100,
  /** How long the inspector may be told to wait: as long as an attempt can take. */
  inspectorDelayMsMax: 30_000,
  /** Streams of arrivals that are open, of all organisations. */
  arrivalStreamsMax: 100,
  /** Then a stream ends, and whoever opens it anew is asked for a valid credential again. */
  arrivalStreamMsMax: 5 * 60 * 1000,
  /** A comment is sent on a silent stream after this, as proxies close what says nothing for a minute. */
  arrivalStreamSilenceMsMax: 15_000,
  /** A temporary endpoint that nobody has listened to for this long is deleted … */
  temporaryEndpointIdleMs: 5 * 60 * 1000,
  /** … by a look that is taken this often. */
  temporaryEndpointLookMs: 30_000,
} as const;
