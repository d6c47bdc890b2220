/** Has a running server send again what is in its archive, as any client of its API would. */
import process from "node:process";
import { type Command, InvalidArgumentError, Option } from "commander";
import { printableToken } from "../main/token.ts";
import type { Settings } from "../main/setting-definitions.ts";
import { asking, parseServer } from "./api-client.ts";
import { addSettingsOptions, localServerOf, settingsOf } from "./settings-options.ts";
import { assertFinished, endText, watchTask, type WatchedTask } from "./watch-task.ts";

interface ReplayOptions {
  readonly since: string;
  readonly until?: string;
  readonly endpoint?: string;
  readonly eventType?: readonly string[];
  readonly channel?: string;
  readonly tag?: string;
  readonly status?: keyof typeof statuses;
  readonly organization: string;
  readonly server?: string;
  readonly wait?: true;
}

/** As the API calls them. */
const statuses = { delivered: 0, failed: 2 } as const;

export function addArchiveReplay(parent: Command): void {
  const command = parent
    .command("replay")
    .description(
      "have the running server send an application's messages again, those that only the archive has too",
    )
    .argument("<APPLICATION>", "its id or uid")
    .requiredOption("--since <TIME>", "of messages made at or after this, ISO 8601", parseInstant)
    .option("--until <TIME>", "of messages made before this; now, if left out", parseInstant)
    .option("--endpoint <ID>", "only to this one, by id or uid, instead of all that are enabled")
    .option("--event-type <NAMES...>", "only messages of these")
    .option("--channel <NAME>", "only messages of it")
    .option("--tag <NAME>", "only messages with it")
    .addOption(
      new Option("--status <STATUS>", "only what has become of them").choices(
        Object.keys(statuses),
      ),
    )
    .option("--organization <ID>", "whose application it is", "org_default")
    .option("--server <URL>", "where the server is; by default where these settings let it listen")
    .option("--wait", "wait for the end; exits with 1 if it is none that was wanted");
  addSettingsOptions(command).action(async (application: string, options: ReplayOptions) => {
    const settings = settingsOf(command);
    if (settings === undefined) return;
    try {
      await replay(application, options, settings);
    } catch (error) {
      process.stderr.write(`posthorn: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  });
}

async function replay(
  application: string,
  options: ReplayOptions,
  settings: Settings,
): Promise<void> {
  const { organization, server = localServerOf(settings), wait } = options;
  const token = await printableToken(settings, { organization, application: undefined }, 1);
  const ask = asking(parseServer(server), token);
  const path = `/api/v1/app/${encodeURIComponent(application)}/archive-replay`;
  const begun = await ask({ method: "POST", path, body: JSON.stringify(bodyOf(options)) });
  const { id } = begun as Pick<WatchedTask, "id">; // its schema
  print(`${id} begun`);
  if (wait !== true) return;
  const task = await watchTask(ask, id);
  print(endText(task));
  assertFinished(task);
}

function bodyOf({ since, until, endpoint, eventType, channel, tag, status }: ReplayOptions) {
  return {
    since,
    until,
    endpointId: endpoint,
    eventTypes: eventType,
    channel,
    tag,
    status: status && statuses[status],
  };
}

function parseInstant(text: string): string {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs))
    throw new InvalidArgumentError("Expected an instant, such as 2026-11-28T12:00:00Z.");
  return new Date(atMs).toISOString();
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
