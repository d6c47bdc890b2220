import process from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import { jobDbNumberMax } from "../core/ids.ts";
import {
  type ArchiveFinding,
  type ArchiveSummary,
  inspectArchive,
  restoreFromArchive,
} from "../main/archive-access.ts";
import { addArchiveReplay } from "./archive-replay.ts";
import { addSettingsOptions } from "./settings-options.ts";
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
      const findings: ArchiveFinding[] = [];
      for await (const finding of inspectArchive(settings, depth)) findings.push(finding);
      const archives = findings.flatMap((each) => (each.kind === "archive" ? [each.archive] : []));
      const damages = findings.flatMap((each) => (each.kind === "damage" ? [each.damage] : []));
      if (json === true) print(JSON.stringify({ archives, damages }, undefined, 2));
      else print(tableOf(archives));
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

function tableOf(archives: readonly ArchiveSummary[]): string {
  const head = ["JobDb", "kind", "messages", "deliveries", "undelivered", "bytes", "from", "to"];
  const rows = archives.map((archive) => {
    const { jobDb, kind, messages, deliveries, undelivered, bytes, from, to } = archive;
    return [jobDb, kind, messages, deliveries, undelivered, bytes, from, to].map((cell) =>
      String(cell ?? "-"),
    );
  });
  const table = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function tell(text: string): void {
  process.stderr.write(`posthorn: ${text}\n`);
}
