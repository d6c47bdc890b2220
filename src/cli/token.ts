import process from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import { PosthornError } from "../core/errors.ts";
import { parseApplicationId } from "../core/ids.ts";
import { printableToken } from "../main/token.ts";
import { addSettingsOptions, settingsOf } from "./settings-options.ts";

interface TokenOptions {
  readonly organization: string;
  readonly application?: string;
  readonly expiresInDays: number;
}

export function addToken(program: Command): void {
  const command = program
    .command("token")
    .description("print a bearer token for the API that works with the server of the same settings")
    .option("--organization <ID>", "whose applications the token gives access to", "org_default")
    .option(
      "--application <ID>",
      "the one application that the token gives access to, instead of all",
      parseApplication,
    )
    .option("--expires-in-days <DAYS>", "how long the token works", parseDays, 365);
  addSettingsOptions(command).action(async (options: TokenOptions) => {
    const settings = settingsOf(command);
    if (settings === undefined) return;
    const { organization, application, expiresInDays } = options;
    try {
      const token = await printableToken(settings, { organization, application }, expiresInDays);
      process.stdout.write(`${token}\n`);
    } catch (error) {
      if (!(error instanceof PosthornError)) throw error;
      process.stderr.write(`posthorn: ${error.message}\n`);
      process.exitCode = 1;
    }
  });
}

function parseApplication(text: string): string {
  const id = parseApplicationId(text);
  if (id === undefined) throw new InvalidArgumentError("Expected an application's id, app_….");
  return id;
}

function parseDays(text: string): number {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > 36_500)
    throw new InvalidArgumentError("Expected whole days, from 1 to 36500.");
  return days;
}
