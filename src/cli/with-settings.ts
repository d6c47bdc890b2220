import process from "node:process";
import type { Command } from "commander";
import { PosthornError } from "../core/errors.ts";
import type { Settings } from "../main/setting-definitions.ts";
import { settingsOf } from "./settings-options.ts";

/** Does what a command is for with its settings; what is wrong with them, or goes wrong then, is told, and ends it with 1. */
export async function withSettings(
  command: Command,
  work: (settings: Settings) => Promise<void> | void,
): Promise<void> {
  const settings = settingsOf(command);
  if (settings === undefined) return;
  try {
    await work(settings);
  } catch (error) {
    if (!(error instanceof PosthornError)) throw error;
    process.stderr.write(`posthorn: ${error.message}\n`);
    process.exitCode = 1;
  }
}
