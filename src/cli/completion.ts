/**
 * Scripts by which a shell completes commands, options and their choices. They are made of the program's own commands and ask
 * nobody when they complete: starting the program for each Tab would take a third of a second.
 */
import type { Command } from "commander";
import { print } from "./api-command.ts";

interface Word {
  readonly name: string;
  readonly meaning: string;
}

/** What can follow after a command. */
interface Place {
  /** Of its commands, each with a space before it; "" for the program itself. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly (Word & {
    readonly takesValue: boolean;
    readonly choices: readonly string[];
  })[];
}

const shells = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export function addCompletion(program: Command): void {
  const command = program
    .command("completion")
    .description("print a script that completes commands and options in a shell");
  for (const [shell, script] of Object.entries(shells)) {
    command
      .command(shell)
      .description(`for ${shell}`)
      .action(() => print(script(program.name(), placesOf(program, ""))));
  }
}

function placesOf(command: Command, path: string): readonly Place[] {
  const commands = command.commands.map((each) => ({
    name: each.name(),
    meaning: each.description(),
  }));
  const options = command.options.map(({ long, flags, description, required, argChoices }) => ({
    name: long ?? flags,
    meaning: description,
    takesValue: required,
    choices: argChoices ?? [],
  }));
  const below = command.commands.flatMap((each) => placesOf(each, `${path} ${each.name()}`));
  return [{ path, commands, options }, ...below];
}

/** Completes file names where an option takes a value without choices. */
function bashScript(name: string, places: readonly Place[]): string {
  const paths = places.slice(1).map(({ path }) => `"${path}"`);
  const words = places.map(
    ({ path, commands, options }) =>
      `    "${path}") words="${[...commands, ...options].map((word) => word.name).join(" ")}" ;;`,
  );
  const values = places.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(
        ({ name: option, choices }) => `    "${path} ${option}") words="${choices.join(" ")}" ;;`,
      ),
  );
  return `_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} path="" words="" at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "$path \${COMP_WORDS[at]}" in
      ${paths.join("|")}) path="$path \${COMP_WORDS[at]}" ;;
    esac
  done
  case "$path $before" in
${values.join("\n")}
    *) case "$path" in
${words.join("\n")}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}`;
}

/** Zsh completes by scripts for bash. */
function zshScript(name: string, places: readonly Place[]): string {
  return `if ! type compdef >/dev/null; then autoload -U +X compinit && compinit -i; fi
autoload -U +X bashcompinit && bashcompinit
${bashScript(name, places)}`;
}

function fishScript(name: string, places: readonly Place[]): string {
  const paths = places.slice(1).map(({ path }) => `"${path}"`);
  const lines = places.flatMap(({ path, commands, options }) => {
    const here = `complete -c ${name} -n 'test "$(__${name}_path)" = "${path}"'`;
    return [
      ...commands.map((word) => `${here} -f -a ${word.name} -d ${quoted(word.meaning)}`),
      ...options.map(
        (option) =>
          `${here} -l ${option.name.slice("--".length)}${fishValue(option)} -d ${quoted(option.meaning)}`,
      ),
    ];
  });
  return `function __${name}_path
  set -l path ""
  for word in (commandline -opc)[2..]
    switch "$path $word"
      case ${paths.join(" ")}
        set path "$path $word"
    end
  end
  echo $path
end
${lines.join("\n")}`;
}

function fishValue({ takesValue, choices }: Place["options"][number]): string {
  if (!takesValue) return "";
  return choices.length === 0 ? " -r" : ` -x -a "${choices.join(" ")}"`;
}

/** Between single quotes, for fish. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
