import process from "node:process";
import type { Command } from "commander";
import { type KeyStatus, keyStatuses, rotateKeys } from "../main/key-access.ts";
import { addSettingsOptions } from "./settings-options.ts";
import { withSettings } from "./with-settings.ts";

export function addKeys(program: Command): void {
  const command = program
    .command("keys")
    .description("look at the encryption keys that seal secrets, and take a new one");
  addStatus(command);
  addRotate(command);
}

function addStatus(parent: Command): void {
  const command = parent
    .command("status")
    .description("list the keys by their ids, and how many texts each has sealed")
    .option("--json", "print JSON instead of lines");
  addSettingsOptions(command).action(async ({ json }: { readonly json?: true }) => {
    await withSettings(command, (settings) => {
      const statuses = keyStatuses(settings);
      const text =
        json === true ? JSON.stringify(statuses, null, 2) : statuses.map(lineOf).join("\n");
      process.stdout.write(`${text}\n`);
      if (statuses.some(({ id, role }) => id !== undefined && role === "missing")) {
        process.exitCode = 1;
      }
    });
  });
}

function addRotate(parent: Command): void {
  const command = parent
    .command("rotate")
    .description(
      "seal everything by a new key, or by the first one that is set, while no server has the folder",
    );
  addSettingsOptions(command).action(async () => {
    await withSettings(command, (settings) => {
      process.stdout.write(`everything is sealed by ${rotateKeys(settings)}\n`);
    });
  });
}

function lineOf({ id, role, givenBy, texts }: KeyStatus): string {
  if (id === undefined) return `${texts} texts are not sealed: the next start does it`;
  const place = givenBy === undefined ? "" : ` (${givenBy})`;
  return `${id}: ${role}${place}, ${texts} texts`;
}
