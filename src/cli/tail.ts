/** Shows what happens to messages while it does. */
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { styleText } from "node:util";
import type { Command } from "commander";
import { growingWaitMs } from "../core/growing-wait.ts";
import { filled, type Options, print, queryText, runWith, tell } from "./api-command.ts";
import type { Watch } from "./api-client.ts";
import { CommandFailure } from "./command-failure.ts";
import type { ServerEvent } from "./server-events.ts";
import { printable } from "./table.ts";

const waits = { firstMs: 1_000, mostMs: 30_000 };
/** The API's number for attempts that failed. */
const failedStatus = "2";

/** Of the API's events, what is shown. */
interface ShownMessage {
  readonly timestamp: string;
  readonly id: string;
  readonly eventType: string;
}

interface ShownAttempt {
  readonly timestamp: string;
  readonly msgId: string;
  readonly eventType: string;
  readonly endpointId: string;
  readonly responseStatusCode: number;
  readonly reason: string | null;
  readonly responseDurationMs: number;
  readonly settled: string | null;
  readonly nextAttempt: string | null;
}

export function addTail(program: Command): void {
  const command = program
    .command("tail")
    .description("show messages and attempts as they happen, a line each, until Ctrl+C")
    .option("--app <APPLICATION>", "only of this one")
    .option("--endpoint <ENDPOINT>", "only attempts at this one, of the application")
    .option("--event-type <NAMES>", "only of these, with commas between")
    .option("--failed", "only attempts that failed");
  runWith(command, async (_ask, watch) => {
    const options = command.opts<Options>();
    const show = options["json"] === undefined ? showLine : showJson;
    await follow(pathOf(options), watch, show);
  });
}

/** @throws CommandFailure `usage` */
function pathOf({ app, endpoint, eventType, failed }: Options): string {
  if (endpoint !== undefined && app === undefined)
    throw new CommandFailure("usage", "--endpoint needs the --app that it belongs to");
  const stream =
    app === undefined ? "/api/v1/activity/stream" : filled("/api/v1/app/{}/activity/stream", [app]);
  const status = failed === undefined ? undefined : failedStatus;
  return stream + queryText({ endpoint_id: endpoint, event_types: eventType, status });
}

/** Until SIGINT, or until nobody reads what is shown. A stream that had begun and is lost is opened anew, at growing waits. */
async function follow(
  path: string,
  watch: Watch,
  show: (event: ServerEvent) => void,
): Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const end = (): void => ending.abort();
  process.once("SIGINT", end);
  process.stdout.once("error", end);
  let hasBegun = false;
  for (let failures = 0; !signal.aborted;) {
    try {
      for await (const event of watch(path, signal)) {
        hasBegun = true;
        failures = 0;
        show(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!hasBegun || !(error instanceof CommandFailure) || !error.mayPass) throw error;
    }
    failures += 1;
    await pause(growingWaitMs(failures, waits), signal);
  }
}

async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  tell(
    `the stream has ended; what happens until the next one begins is not shown. Trying again in ${waitMs / 1_000} s`,
  );
  await setTimeout(waitMs, undefined, { signal }).catch(() => undefined); // the signal ends what follows, too
}

function showJson({ event, data }: ServerEvent): void {
  if (event !== "begun") print(JSON.stringify({ event, ...data }));
  else tell("watching");
}

function showLine({ event, data }: ServerEvent): void {
  switch (event) {
    case "begun":
      tell("watching");
      break;
    case "message":
      print(messageLine(data as object as ShownMessage)); // its schema
      break;
    case "attempt":
      print(attemptLine(data as object as ShownAttempt)); // its schema
      break;
    case "dropped":
      tell(`${String(data["count"])} more have happened than could be shown in time`);
  }
}

function messageLine({ timestamp, id, eventType }: ShownMessage): string {
  return styleText("dim", lineOf([timestamp, id, eventType, "accepted"]));
}

function attemptLine(attempt: ShownAttempt): string {
  const { timestamp, msgId, eventType, endpointId, settled, nextAttempt } = attempt;
  const took = `${attempt.reason ?? attempt.responseStatusCode} in ${attempt.responseDurationMs} ms`;
  const planned = nextAttempt === null ? "leaves what is planned" : `again at ${nextAttempt}`;
  const colour = settled === "delivered" ? "green" : settled === null ? "yellow" : "red";
  return styleText(
    colour,
    lineOf([timestamp, msgId, eventType, endpointId, took, settled ?? planned]),
  );
}

function lineOf(cells: readonly string[]): string {
  return printable(cells.join("  "));
}
