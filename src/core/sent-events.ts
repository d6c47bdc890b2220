/** Server-sent events (WHATWG HTML, section 9.2) as this server writes them: each has one line of data, and comments stand alone. */

/** The data of the events that have come whole, and what has come of the next one. */
export interface SentEvents {
  readonly data: readonly string[];
  readonly rest: string;
}

/** @param text what was left the last time, and what has come since */
export function splitEvents(text: string): SentEvents {
  const events = text.split("\n\n");
  const rest = events.pop() ?? "";
  const data = events.flatMap((event) => (event.startsWith("data: ") ? [event.slice(6)] : []));
  return { data, rest };
}
