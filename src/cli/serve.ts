import process from "node:process";
import type { Command } from "commander";
import { PosthornError } from "../core/errors.ts";
import { createLogger } from "../main/logger.ts";
import { type RunningServer, startServer } from "../main/server.ts";
import { addSettingsOptions, settingsOf } from "./settings-options.ts";

export function addServe(program: Command): void {
  const command = program
    .command("serve")
    .description("serve the API and deliver, until SIGTERM or SIGINT");
  addSettingsOptions(command).action(async () => {
    const settings = settingsOf(command);
    if (settings === undefined) return;
    const logger = createLogger(settings.logLevel);
    try {
      await serve(await startServer(settings, logger));
    } catch (error) {
      if (!(error instanceof PosthornError)) throw error;
      process.stderr.write(`posthorn: ${error.message}\n`);
      process.exitCode = 1;
    }
  });
}

/** Until a signal or a failure; then stops in order. A second signal ends the process at once. */
async function serve(server: RunningServer): Promise<void> {
  const signal = new Promise<void>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => resolve());
  });
  const failure = await Promise.race([signal, server.failure]);
  await server.stop();
  if (failure !== undefined) throw failure;
}
