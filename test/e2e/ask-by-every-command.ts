/**
 * Runs every command that asks a server, one after the other, each argument and needed option being `x`: what they ask is seen
 * by the server that the environment names. Prints the commands, a line each.
 */
import process from "node:process";
import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";

/** Names from the program's own on. */
function leaves(command: Command, names: readonly string[]): (readonly string[])[] {
  if (command.commands.length > 0)
    return command.commands.flatMap((each) => leaves(each, [...names, each.name()]));
  const isClient = command.options.some(({ long }) => long === "--json") && hasServer(command);
  if (!isClient) return [];
  const needed = command.options.filter(({ mandatory }) => mandatory);
  const words = command.registeredArguments.map(() => "x");
  return [[...names, ...words, ...needed.flatMap(({ long }) => [long ?? "", "x"])]];
}

function hasServer({ options }: Command): boolean {
  return options.some(({ long }) => long === "--server");
}

for (const words of leaves(createProgram(), [])) {
  await createProgram().parseAsync(words, { from: "user" });
  process.stderr.write(`${words.join(" ")}\n`);
}
process.exitCode = 0;
