/** RFC 3339, section 5.6. */
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

/** Unix milliseconds of a date and time with an offset (RFC 3339); undefined if the text is none. */
export function parseInstantMs(text: string): number | undefined {
  const atMs = rfc3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}
