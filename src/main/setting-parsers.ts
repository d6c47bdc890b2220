/** From the text of a setting to its value. Each throws an Error whose message says what is wrong with the text. */
import type { Settings } from "./setting-definitions.ts";
import { limits } from "../core/limits.ts";
import type { RetrySchedule } from "../core/retry-schedule.ts";

export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export const jwtAlgorithms = [
  "HS256",
  "HS384",
  "HS512",
  "RS256",
  "RS384",
  "RS512",
  "EdDSA",
] as const;

export function nonEmpty(text: string): string {
  if (text === "") throw new Error("it is empty");
  return text;
}

export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.["port"]);
  const host = match?.groups?.["v6"] ?? match?.groups?.["name"];
  if (host === undefined || port > 65_535) throw new Error(`"${text}" is not a host and a port`);
  return { host, port };
}

export function parseJwtAlgorithm(text: string): Settings["jwtAlgorithm"] {
  const algorithm = jwtAlgorithms.find((each) => each === text);
  if (algorithm === undefined) throw new Error(`"${text}" is none of them`);
  return algorithm;
}

export function parseRetrySchedule(text: string): RetrySchedule {
  if (text.trim() === "") return [];
  const entries = text.split(",").map((entry) => entry.trim());
  if (entries.length > limits.retryScheduleEntriesMax) {
    throw new Error(
      `it has ${entries.length} entries, at most ${limits.retryScheduleEntriesMax} are allowed`,
    );
  }
  return entries.map((entry) => numberBetween(entry, 0, limits.retryDelaySecondsMax));
}

export function wholeBetween(text: string, least: number, most: number): number {
  const count = numberBetween(text, least, most);
  if (!Number.isInteger(count)) throw new Error(`${text} is not a whole number`);
  return count;
}

export function parseAttemptTimeout(text: string): number {
  return (
    1000 * numberBetween(text, limits.attemptTimeoutMsMin / 1000, limits.attemptTimeoutMsMax / 1000)
  );
}

export function parseMebibytes(text: string): number {
  return numberBetween(text, 0, limits.diskLowWaterMebibytesMax);
}

/** Messages a second. */
export function parseIngestRate(text: string): number {
  return numberBetween(text, limits.ingestRateMin, limits.ingestRateMax);
}

export function numberBetween(text: string, least: number, most: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new Error(`"${text}" is not a number from ${least} to ${most}`);
  }
  return value;
}

export function parseHttpUrl(text: string): string {
  const protocol = URL.parse(text)?.protocol;
  if (protocol !== "http:" && protocol !== "https:") throw new Error(`"${text}" is no http(s) URL`);
  return text;
}

export function parseBoolean(text: string): boolean {
  if (text !== "true" && text !== "false") throw new Error(`"${text}" is neither true nor false`);
  return text === "true";
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];

export function parseLogLevel(text: string): string {
  if (!logLevels.includes(text)) throw new Error(`"${text}" is not one of ${logLevels.join(", ")}`);
  return text;
}
