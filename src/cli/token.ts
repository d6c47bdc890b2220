import process from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import { printableToken } from "../main/token.ts";
import { addSettingsOptions, settingsOf } from "./settings-options.ts";

interface TokenOptions {
  readonly organization: string;
  readonly expiresInDays: number;
}

export function addToken(program: Command): void {
  const command = program
    .command("token")
    .description("print a bearer token for the API that works with the server of the same settings")
    .option("--organization <ID>", "whose applications the token gives access to", "org_default")
    .option("--expires-in-days <DAYS>", "how long the token works", parseDays, 365);
  addSettingsOptions(command).action(async ({ organization, expiresInDays }: TokenOptions) => {
    const settings = settingsOf(command);
    if (settings === undefined) return;
    process.stdout.write(`${await printableToken(settings, organization, expiresInDays)}\n`);
  });
}

function parseDays(text: string): number {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > 36_500)
    throw new InvalidArgumentError("Expected whole days, from 1 to 36500.");
  return days;
}
