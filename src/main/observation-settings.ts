/** Settings about what is told to those who watch the server. */
import { limits } from "../core/limits.ts";
import type { SettingDefinition } from "./setting-definitions.ts";
import { wholeBetween } from "./setting-parsers.ts";

export interface ObservationSettings {
  /** Undefined: metrics are shown to nobody. */
  readonly metricsToken: string | undefined;
  readonly metricsEndpoints: number;
}

export const observationSettingDefinitions: {
  readonly [Name in keyof ObservationSettings]: SettingDefinition<ObservationSettings[Name]>;
} = {
  metricsToken: {
    flag: "metrics-token",
    environment: "POSTHORN_METRICS_TOKEN",
    form: "TEXT",
    meaning:
      "bearer token that whoever scrapes /metrics has, at least 16 characters; if unset, nobody is shown metrics, as they are of all organisations",
    default: undefined,
    parse: parseMetricsToken,
  },
  metricsEndpoints: {
    flag: "metrics-endpoints",
    environment: "POSTHORN_METRICS_ENDPOINTS",
    form: "NUMBER",
    meaning: "endpoints that have metrics of their own: those with the longest queues",
    default: "20",
    parse: (text) => wholeBetween(text, 0, limits.surveyedQueuesMax),
  },
};

function parseMetricsToken(text: string): string {
  // What HTTP can carry as a bearer token.
  if (!/^[\w\-.~+/]+=*$/.test(text))
    throw new Error("it has other characters than A–Z a–z 0–9 - . _ ~ + / =");
  if (text.length < limits.metricsTokenCharactersMin)
    throw new Error(
      `it has ${text.length} characters, at least ${limits.metricsTokenCharactersMin} are needed`,
    );
  return text;
}
