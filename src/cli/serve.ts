import process from "node:process";
import type { Command } from "commander";
import { PosthornError } from "../core/errors.ts";
import { createLogger } from "../main/logger.ts";
import type { RunningServer } from "../main/server.ts";
import { addSettingsOptions, settingsOf } from "./settings-options.ts";

export function addServe(program: Command): void {
  const command = program
    .command("serve")
    .description("serve the API and deliver, until SIGTERM or SIGINT");
  addSettingsOptions(command).action(async () => {
    const settings = settingsOf(command);
    if (settings === undefined) return;
    const logger = createLogger(settings.logLevel);
    const signal = anySignal();
    try {
      // Loaded by who serves alone: it is it took 0.25 of the 0.6 s of CPU time that any command took to start.
      const { startServer } = await import("../main/server.ts");
      await serveUntil(signal, await startServer(settings, logger));
    } catch (error) {
      if (!(error instanceof PosthornError)) throw error;
      process.stderr.write(`posthorn: ${error.message}\n`);
      process.exitCode = 1;
    }
  });
}

/** Resolves at the first signal, however early it comes; a second one ends the process at once. */
function anySignal(): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => resolve(undefined));
  return promise;
}

/** Until the signal or a failure; then stops in order. */
async function serveUntil(signal: Promise<undefined>, server: RunningServer): Promise<void> {
  const failure = await Promise.race([signal, server.failure]);
  await server.stop();
  if (failure !== undefined) throw failure;
}
