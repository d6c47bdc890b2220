import { pino, type Logger } from "pino";

export type { Logger };

/**
 * What may be told beside the message of a line: facts that hold no secret, whoever looks at the log. Anything else comes out as
 * `[not listed]`, so that an object that is logged as a whole, now or some day, gives nothing away.
 */
const loggedFields = new Set([
  "address",
  "attempt",
  "auditHead",
  "bytes",
  "code",
  "convicted",
  "damage",
  "data",
  "directors",
  "durationMs",
  "endpoint",
  "freeBytes",
  "handled",
  "jobDb",
  "key",
  "kind",
  "lowWaterBytes",
  "message",
  "messages",
  "method",
  "reason",
  "retryAt",
  "route",
  "row",
  "settled",
  "status",
  "suspects",
  "undelivered",
  "version",
]);

/** Causes within causes that are told: nobody's error has more. */
const causesMax = 5;

type Fields = Record<string, unknown>;

/** One JSON line an event, on standard output. */
export function createLogger(
  level: string,
  destination: { write(line: string): void } = pino.destination(1),
): Logger {
  const timestamp = (): string => `,"time":"${new Date().toISOString()}"`;
  const serializers = { err: (told: unknown) => told }; // by `listed`, before
  return pino(
    { level, base: null, timestamp, serializers, formatters: { log: listed } },
    destination,
  );
}

function listed(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (name === "err") return [name, toldOf(value, 0)];
      const isListed = loggedFields.has(name) && typeof value !== "object";
      return [name, isListed ? value : "[not listed]"];
    }),
  );
}

/** An error has what somebody put there for people to read, and codes. Its other properties may be requests, rows or bodies. */
function toldOf(error: unknown, depth: number): unknown {
  if (!(error instanceof Error)) return "[not an error]";
  const { name: type, message, stack, cause } = error;
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const deeper =
    cause instanceof Error && depth < causesMax ? { cause: toldOf(cause, depth + 1) } : {};
  return { type, message, stack, ...code, ...deeper };
}
