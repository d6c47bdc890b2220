import process from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import { jobDbNumberMax } from "../core/ids.ts";
import { inspectArchive, restoreFromArchive } from "../main/archive-access.ts";
import { type Damage, jsonPrinter, tablePrinter } from "./archive-findings.ts";
import { addArchiveReplay } from "./archive-replay.ts";
import { addSettingsOptions } from "./settings-options.ts";
import { printable } from "./table.ts";
import { withSettings } from "./with-settings.ts";

interface InspectionOptions {
  readonly json?: true;
}

export function addArchive(program: Command): void {
  const command = program
    .command("archive")
    .description("look into the archive, check it, and take something out of it again");
  addInspection(command, "list", "list what is in the archive");
  addInspection(
    command,
    "verify",
    "read all of the archive and check it; exits with 1 if something is damaged",
  );
  addRestore(command);
  addArchiveReplay(command);
}

function addInspection(parent: Command, name: "list" | "verify", description: string): void {
  const command = parent
    .command(name)
    .description(description)
    .option("--json", "print JSON instead of a table");
  addSettingsOptions(command).action(async ({ json }: InspectionOptions) => {
    await withSettings(command, async (settings) => {
      const depth = name === "list" ? "manifests" : "blocks";
      const printer = json === true ? jsonPrinter(print) : tablePrinter(print);
      const damages: Damage[] = [];
      for await (const finding of inspectArchive(settings, depth)) {
        if (finding.kind === "archive") printer.add(finding.archive);
        else damages.push(finding.damage);
      }
      printer.end(damages);
      if (damages.length === 0) return;
      process.exitCode = 1;
      for (const damage of damages) tell(`${damage.name} is damaged: ${damage.why}`);
    });
  });
}

function addRestore(parent: Command): void {
  const command = parent
    .command("restore")
    .description("put a JobDb of the archive back into the data folder, while no server has it")
    .argument("<NUMBER>", "of the JobDb, as archive list has it", parseNumber);
  addSettingsOptions(command).action(async (jobDb: number) => {
    await withSettings(command, async (settings) => {
      const { kind, messages } = await restoreFromArchive(settings, jobDb);
      print(`JobDb ${jobDb} restored: ${kind}, ${messages} messages`);
    });
  });
}

function parseNumber(text: string): number {
  const number = /^\d{1,8}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > jobDbNumberMax)
    throw new InvalidArgumentError("Expected a JobDb's number.");
  return number;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function tell(text: string): void {
  process.stderr.write(`posthorn: ${printable(text)}\n`);
}
