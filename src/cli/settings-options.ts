/** Adds the flags of settings to a command, and reads the settings that a command line, environment and file give. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { type Command, Option } from "commander";
import { configFileSetting, parseSettings } from "../main/settings.ts";
import { type Settings, settingDefinitions } from "../main/setting-definitions.ts";

export function addSettingsOptions(command: Command): Command {
  for (const definition of [...Object.values(settingDefinitions), configFileSetting]) {
    const { flag, form, environment, meaning } = definition;
    const unless =
      "default" in definition && definition.default ? `; default ${definition.default}` : "";
    command.addOption(new Option(`--${flag} <${form}>`, `${meaning} (${environment}${unless})`));
  }
  return command.allowUnknownOption().allowExcessArguments();
}

/** The settings, or undefined after every problem has been told on standard error and the exit code is set. */
export function settingsOf(command: Command): Settings | undefined {
  const given = command.optsWithGlobals<Record<string, string>>();
  const problems = command.args
    .slice(command.registeredArguments.length)
    // Only what looks like an option's name: the rest may be a secret that belongs to one with a typing error.
    .map((text) => /^--[a-z0-9-]{1,40}(?==|$)/.exec(text)?.[0])
    .map(
      (name) => `${name ?? "an argument"}: no such option (see posthorn ${nameOf(command)} --help)`,
    );
  const flags = Object.fromEntries(
    Object.values(settingDefinitions).map(({ flag }) => [flag, given[camelCaseOf(flag)]]),
  );
  const environment = process.env; // oxlint-disable-line node/no-process-env -- the one place that reads it
  const path = given[configFileSetting.flag] ?? environment[configFileSetting.environment];
  const file = path === undefined ? undefined : readSettingsFile(path, problems);
  const result = parseSettings({ flags, environment, file });
  if (result.kind === "invalid") problems.push(...result.problems);
  if (problems.length === 0 && result.kind === "ok") return result.settings;
  for (const problem of problems) process.stderr.write(`posthorn: ${problem}\n`);
  process.exitCode = 2;
  return undefined;
}

/** Where the server of the same settings listens, on this machine. */
export function localServerOf({ listen: { host, port } }: Settings): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

/** With the names of those that it is part of, but for the program's. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}

function readSettingsFile(
  path: string,
  problems: string[],
): { readonly path: string; readonly values: Readonly<Record<string, unknown>> } | undefined {
  try {
    const values: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof values === "object" && values !== null && !Array.isArray(values)) {
      return { path, values: { ...values } };
    }
    const got = Array.isArray(values) ? "an array" : typeof values;
    problems.push(`${path}: expected a JSON object whose keys are settings, got ${got}`);
  } catch (error) {
    // What is wrong with the JSON, without the piece of it that the error quotes: the file may hold secrets.
    const isSyntax = error instanceof SyntaxError;
    problems.push(`${path}: ${isSyntax ? "it is not JSON" : String(error)}`);
  }
  return undefined;
}

function camelCaseOf(flag: string): string {
  return flag.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
