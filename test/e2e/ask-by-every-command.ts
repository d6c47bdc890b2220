/**
 * Runs every command that asks a server, one after the other, each argument and needed option being `x`, and once more for one
 * application if that is an option: what they ask is seen by the server that the environment names. Prints the commands, a line each.
 */
import process from "node:process";
import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";

/** Names from the program's own on. */
function leaves(command: Command, names: readonly string[]): (readonly string[])[] {
  if (command.commands.length > 0)
    return command.commands.flatMap((each) => leaves(each, [...names, each.name()]));
  if (!has(command, "--json") || !has(command, "--server")) return [];
  const needed = command.options.filter(({ mandatory }) => mandatory);
  const words = command.registeredArguments.map(() => "x");
  const short = [...names, ...words, ...needed.flatMap(({ long }) => [long ?? "", "x"])];
  return has(command, "--app") ? [short, [...short, "--app", "x"]] : [short];
}

function has({ options }: Command, flag: string): boolean {
  return options.some(({ long }) => long === flag);
}

for (const words of leaves(createProgram(), [])) {
  await createProgram().parseAsync(words, { from: "user" });
  process.stderr.write(`${words.join(" ")}\n`);
}
process.exitCode = 0;
