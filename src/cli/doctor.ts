import process from "node:process";
import type { Command } from "commander";
import { PosthornError } from "../core/errors.ts";
import { examine } from "../main/doctor.ts";
import { addSettingsOptions, settingsOf } from "./settings-options.ts";

export function addDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description("look at the data folder, its disk and this machine, and say what is wrong")
    .option("--json", "a JSON array instead of lines");
  addSettingsOptions(command).action((options: { readonly json?: true }) => {
    const settings = settingsOf(command);
    if (settings === undefined) return;
    try {
      const findings = examine(settings);
      const lines = findings.map(
        ({ verdict, check, found, advice }) =>
          `${verdict.padEnd(4)}  ${check}: ${found}${advice === undefined ? "" : ` (${advice})`}`,
      );
      const text = options.json === true ? JSON.stringify(findings, null, 2) : lines.join("\n");
      process.stdout.write(`${text}\n`);
      if (findings.some(({ verdict }) => verdict === "fail")) process.exitCode = 1;
    } catch (error) {
      if (!(error instanceof PosthornError)) throw error;
      process.stderr.write(`posthorn: ${error.message}\n`);
      process.exitCode = 1;
    }
  });
}
