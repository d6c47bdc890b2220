/** What options say, read as what it stands for; undefined: the option is not given. All fail with a CommandFailure `usage`. */
import { createReadStream } from "node:fs";
import process from "node:process";
import { buffer } from "node:stream/consumers";
import { CommandFailure } from "./command-failure.ts";

/** Names with commas between. */
export function namesOf(given: string | undefined): readonly string[] | undefined {
  return given?.split(",");
}

/** A whole number, or null for `none`. */
export function countOf(flag: string, given: string | undefined): number | null | undefined {
  if (given === undefined) return undefined;
  if (given === "none") return null;
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new CommandFailure("usage", `${flag} is neither a whole number nor none`);
}

/** JSON as it is given, from `@FILE` or, of `-`, from standard input: its own text, as numbers above 2^53 don't survive reading and writing. */
export async function jsonTextOf(
  flag: string,
  given: string | undefined,
): Promise<string | undefined> {
  if (given === undefined) return undefined;
  const json = (await bytesOf(flag, given)).toString("utf8");
  try {
    JSON.parse(json);
    return json;
  } catch {
    throw new CommandFailure("usage", `${flag} is not JSON`);
  }
}

/** As it is given, from `@FILE` or, of `-`, from standard input. */
export async function bytesOf(flag: string, given: string): Promise<Buffer> {
  if (given === "-") return buffer(process.stdin);
  if (!given.startsWith("@")) return Buffer.from(given);
  try {
    return await buffer(createReadStream(given.slice(1)));
  } catch (error) {
    throw new CommandFailure("usage", `${flag} can't be read: ${String(error)}`);
  }
}
