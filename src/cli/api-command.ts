/** A command that is one request to the API: what differs is in a table for each resource. */
import assert from "node:assert/strict";
import process from "node:process";
import type { Command } from "commander";
import { type ApiRequest, type Ask, connect, type Watch } from "./api-client.ts";
import { attempt } from "./command-failure.ts";
import { fieldsOf, printable, tableOf } from "./table.ts";

/** As commander names them. A flag without a value that is given is not undefined. */
export type Options = Readonly<Record<string, string | undefined>>;

export interface ApiCommand {
  /** With its arguments, which fill the path's `{}` in order. */
  readonly name: string;
  readonly description: string;
  readonly method: ApiRequest["method"];
  readonly path: string;
  /** Flags and their meaning. */
  readonly options?: Readonly<Record<string, string>>;
  /** JSON, of the options. */
  readonly body?: (options: Options) => string | Promise<string>;
  /** Of the options; what is undefined is left out. */
  readonly query?: (options: Options) => Options;
  /** Of a page: what its table shows. */
  readonly columns?: readonly string[];
}

export function addApiCommands(parent: Command, commands: readonly ApiCommand[]): void {
  for (const each of commands) addApiCommand(parent, each);
}

function addApiCommand(parent: Command, each: ApiCommand): void {
  const command = parent.command(each.name).description(each.description);
  for (const [flags, meaning] of Object.entries(each.options ?? {})) command.option(flags, meaning);
  if (each.columns !== undefined) {
    command.option("--limit <COUNT>", "how many at most, 1 to 250", "50");
    command.option("--iterator <TEXT>", "go on after a page that told this");
  }
  runWith(command, async (ask) => {
    const { method, body, query, columns } = each;
    const options = command.opts<Options>();
    const { limit, iterator } = options;
    const page = columns === undefined ? {} : { limit, iterator };
    const path = filled(each.path, command.args) + queryText({ ...page, ...query?.(options) });
    const answer = await ask({ method, path, body: await body?.(options) });
    if (options["json"] !== undefined) print(JSON.stringify(answer ?? null, undefined, 2));
    else if (columns !== undefined) printPage(columns, answer as Page); // its schema
    else if (answer !== undefined) print(fieldsOf(answer as object as Record<string, unknown>)); // its schema
  });
}

/** Adds how to reach the server and `--json`, and runs the work, whose failure is told and becomes the exit code. */
export function runWith(command: Command, work: (ask: Ask, watch: Watch) => Promise<void>): void {
  command
    .option("--json", "print the answer as JSON")
    .option("--server <URL>", "whose API (POSTHORN_SERVER); by default this machine's server")
    .option("--data <FOLDER>", "of this machine's server (POSTHORN_DATA)")
    .action(() =>
      attempt(async () => {
        const client = await connect(command);
        if (client !== undefined) await work(client.ask, client.watch);
      }),
    );
}

export function filled(path: string, words: readonly string[]): string {
  let at = 0;
  return path.replaceAll("{}", () => {
    const word = words[at++];
    assert(word !== undefined, "an argument for each part of the path");
    return encodeURIComponent(word);
  });
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** On standard error, beside what a script reads. */
export function tell(text: string): void {
  process.stderr.write(`posthorn: ${printable(text)}\n`);
}

interface Page {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly iterator: string | null;
  readonly done: boolean;
}

/** With its `?`, if there is anything in it. */
export function queryText(query: Options): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) given.set(name, value);
  }
  return given.size === 0 ? "" : `?${given.toString()}`;
}

function printPage(columns: readonly string[], { data, iterator, done }: Page): void {
  print(tableOf(columns, data));
  if (!done) tell(`there are more: --iterator ${iterator}`);
}
