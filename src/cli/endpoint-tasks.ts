/**
 * What is done with many of an endpoint's messages at once: counted and asked for before, if somebody sits at a terminal, and then
 * a background task of the server, which goes on by itself or is waited for.
 */
import type { Command } from "commander";
import type { Ask } from "./api-client.ts";
import { filled, type Options, print, queryText, runWith } from "./api-command.ts";
import { CommandFailure, exitCodes } from "./command-failure.ts";
import { confirm } from "./confirm.ts";
import {
  filterBody,
  filterOptions,
  filterQuery,
  spanOptions,
  statusOf,
  statusOption,
} from "./message-filter.ts";
import { fieldsOf } from "./table.ts";
import { assertFinished, endText, watchTask, type WatchedTask } from "./watch-task.ts";

interface EndpointTask {
  readonly name: string;
  readonly description: string;
  /** Of the endpoint's path. */
  readonly operation: string;
  readonly options: Readonly<Record<string, string>>;
  /** What is asked for, after the number of messages. */
  readonly question: string;
  /** Undefined: the server does not count them. */
  readonly count?: {
    readonly path: string;
    /** @param answer by the schema of the path */
    readonly of: (answer: CountAnswer, options: Options) => number | null | undefined;
  };
}

/** Of the API's counts, what is looked at; null: too many. */
interface CountAnswer {
  readonly success: number;
  readonly fail: number;
  readonly messages: number | null;
}

const tasks: readonly EndpointTask[] = [
  {
    name: "recover",
    description: "send again what it has failed",
    operation: "recover",
    options: spanOptions,
    question: "that have failed: send them again?",
    count: { path: "stats", of: ({ fail }) => fail },
  },
  {
    name: "replay-missing",
    description: "send what was never tried there",
    operation: "replay-missing",
    options: spanOptions,
    question: "Send what was never tried there?",
  },
  {
    name: "replay",
    description: "send again what was delivered or has failed, by a filter",
    operation: "bulk-replay",
    options: { ...spanOptions, ...filterOptions, ...statusOption },
    question: "that match: send them again?",
    count: {
      path: "stats",
      of: ({ success, fail }, options) => {
        const status = statusOf(options);
        if (status === undefined) return success + fail;
        return status === "delivered" ? success : fail;
      },
    },
  },
  {
    name: "cancel",
    description: "give up what waits, by a filter; without one, all of it",
    operation: "queue/cancel-matching",
    options: { ...spanOptions, ...filterOptions },
    question: "wait and match: give them up?",
    count: { path: "queue/count", of: ({ messages }) => messages },
  },
];

export function addEndpointTasks(parent: Command): void {
  for (const task of tasks) addEndpointTask(parent, task);
}

function addEndpointTask(parent: Command, task: EndpointTask): void {
  const command = parent
    .command(`${task.name} <APPLICATION> <ENDPOINT>`)
    .description(task.description);
  for (const [flags, meaning] of Object.entries(task.options)) command.option(flags, meaning);
  if (task.count !== undefined) command.option("--dry-run", "print how many messages it would be");
  command
    .option("--yes", "do not ask, at a terminal")
    .option("--wait", "wait for the end, and exit with 1 if it has failed");
  runWith(command, async (ask) => {
    const options = command.opts<Options>();
    const path = filled("/api/v1/app/{}/endpoint/{}", command.args);
    const body = JSON.stringify(filterBody(options)); // first, as it tells of wrong options
    const count = await countOf(ask, path, task, options);
    if (options["dryRun"] !== undefined) {
      printCount(count, options);
      return;
    }
    const question = task.count === undefined ? task.question : `${told(count)} ${task.question}`;
    if (options["yes"] === undefined && !(await confirm(question)))
      throw new CommandFailure("failed", "nothing was done");
    const begun = await ask({ method: "POST", path: `${path}/${task.operation}`, body });
    await tell(ask, begun as WatchedTask, options); // its schema
  });
}

/** Null: too many, which is refused. What else is refused, the task will be as well. */
async function countOf(
  ask: Ask,
  endpoint: string,
  { count }: EndpointTask,
  options: Options,
): Promise<number | null> {
  if (count === undefined) return null;
  const path = `${endpoint}/${count.path}${queryText(filterQuery(options))}`;
  try {
    return count.of((await ask({ method: "GET", path })) as CountAnswer, options) ?? null; // its schema
  } catch (error) {
    if (error instanceof CommandFailure && error.exitCode === exitCodes.failed) return null;
    throw error;
  }
}

function printCount(count: number | null, { json }: Options): void {
  if (json === undefined) print(count === null ? "too many to count" : String(count));
  else print(JSON.stringify({ messages: count }));
}

function told(count: number | null): string {
  return count === null
    ? "More messages than are counted"
    : `${count.toLocaleString("en")} messages`;
}

async function tell(ask: Ask, begun: WatchedTask, { json, wait }: Options): Promise<void> {
  const task = wait === undefined ? begun : await watchTask(ask, begun.id);
  if (json !== undefined) print(JSON.stringify(task, undefined, 2));
  else print(wait === undefined ? fieldsOf({ ...task }) : endText(task));
  if (wait !== undefined) assertFinished(task);
}
