import { pino, type Logger } from "pino";

export type { Logger };

/** One JSON line an event, on standard output. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` });
}
