/** Settings out of flags, environment and file: a flag beats the environment, which beats the file. */
import { proxyProblems } from "./destination-settings.ts";
import {
  settingDefinitions,
  type SettingDefinition,
  type Settings,
} from "./setting-definitions.ts";

/** The one that names the settings file, and so can't stand in it. */
export const configFileSetting = {
  flag: "config",
  environment: "POSTHORN_CONFIG",
  form: "FILE",
  meaning: "settings as a JSON object whose keys are the flags' names",
} as const;

/** What the commands that ask a server read, and `serve` passes over. */
export const clientEnvironment = { server: "POSTHORN_SERVER", token: "POSTHORN_TOKEN" } as const;

/** Texts by flag name, from each place that a setting can come from. */
export interface SettingSources {
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** The whole environment; only POSTHORN_* counts, and what names proxies is told. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file:
    | { readonly path: string; readonly values: Readonly<Record<string, unknown>> }
    | undefined;
}

export type SettingsResult =
  | { readonly kind: "ok"; readonly settings: Settings }
  /** Every problem there is, a line each. */
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

export function parseSettings(sources: SettingSources): SettingsResult {
  const problems = unknownSettings(sources);
  const values = Object.entries(settingDefinitions).map(([name, definition]) => [
    name,
    valueOf(definition, sources, problems),
  ]);
  const settings = Object.fromEntries(values) as Settings; // the table's type maps each name to its parser
  problems.push(...proxyProblems(sources.environment, settings.egressProxy));
  return problems.length > 0 ? { kind: "invalid", problems } : { kind: "ok", settings };
}

function valueOf(
  definition: SettingDefinition<unknown>,
  sources: SettingSources,
  problems: string[],
): unknown {
  const { flag, environment } = definition;
  const inFile = sources.file?.values[flag];
  const candidates = [
    [`--${flag}`, sources.flags[flag]],
    [environment, sources.environment[environment]],
    [`"${flag}" in ${sources.file?.path}`, inFile === undefined ? undefined : textOf(inFile)],
    [`the default of --${flag}`, definition.default],
  ] as const;
  const [place, text] = candidates.find(([, each]) => each !== undefined) ?? [];
  if (text === undefined) return undefined;
  try {
    return definition.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push(`${place}: ${reason} (expected ${definition.form})`);
    return undefined;
  }
}

/** A list in the file is what commas are in a text. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(",") : String(value);
}

function unknownSettings({ environment, file }: SettingSources): string[] {
  const definitions = [...Object.values(settingDefinitions), configFileSetting];
  const environmentNames = new Set<string>([
    ...definitions.map((each) => each.environment),
    ...Object.values(clientEnvironment),
  ]);
  const fileNames = new Set(Object.values(settingDefinitions).map((each) => each.flag));
  const unknownVariables = Object.keys(environment).filter(
    (name) => name.startsWith("POSTHORN_") && !environmentNames.has(name),
  );
  const unknownKeys = Object.keys(file?.values ?? {}).filter((name) => !fileNames.has(name));
  return [
    ...unknownVariables.map((name) => `${name}: no such setting (see posthorn serve --help)`),
    ...unknownKeys.map(
      (name) => `"${name}" in ${file?.path}: no such setting (see posthorn serve --help)`,
    ),
  ];
}
