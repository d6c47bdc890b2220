/** Settings about what is told to those who watch the server. */
import { limits } from "../core/limits.ts";
import type { SettingDefinition } from "./setting-definitions.ts";
import { parseBoolean, parseHttpUrl, wholeBetween } from "./setting-parsers.ts";

export interface ObservationSettings {
  /** Undefined: metrics are shown to nobody. */
  readonly metricsToken: string | undefined;
  readonly metricsEndpoints: number;
  /** Undefined: nothing is traced. */
  readonly tracesUrl: string | undefined;
  readonly tracesHeaders: Readonly<Record<string, string>>;
  readonly traceEndpoints: boolean;
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
  tracesUrl: {
    flag: "traces-url",
    environment: "POSTHORN_TRACES_URL",
    form: "URL",
    meaning:
      "of an OpenTelemetry collector (OTLP/HTTP), path included, such as http://127.0.0.1:4318/v1/traces: it is told of the attempts of messages whose requests have a sampled traceparent; if unset, nothing is traced",
    default: undefined,
    parse: parseHttpUrl,
  },
  tracesHeaders: {
    flag: "traces-headers",
    environment: "POSTHORN_TRACES_HEADERS",
    form: "NAME=VALUE,NAME=VALUE,…",
    meaning: "sent to the collector, such as authorization=Bearer%20…; values are percent-encoded",
    default: "",
    parse: parseHeaders,
  },
  traceEndpoints: {
    flag: "trace-endpoints",
    environment: "POSTHORN_TRACE_ENDPOINTS",
    form: "true|false",
    meaning: "also send endpoints a traceparent with the attempt's place in the producer's trace",
    default: "false",
    parse: parseBoolean,
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

function parseHeaders(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^\s*([\w!#$%&'*+.^`|~-]+)=([\x21-\x7e]*)\s*$/.exec(pair) ?? [];
      if (name === undefined || value === undefined)
        throw new Error("one of them has no name, or characters other than printable ASCII");
      return [name.toLowerCase(), decodeURIComponent(value)];
    }),
  );
}
