/**
 * The inspector, the built-in receiver, as an endpoint's URL. Its name never resolves (RFC 6761, section 6.4), so nobody else can be meant, and
 * a request to it never reaches a network: the sender hands it over in the process. The URL says how it is answered:
 *
 *     http://inspector.invalid/?status=503&delayMs=200&failureShare=0.5   as told: 200 at once without parameters
 *     http://inspector.invalid/listener                                   by who listens, and 503 while nobody does
 *     http://inspector.invalid/listener?temporary=true                    the same, of an endpoint that ends when nobody has listened for a while
 *
 * As it is part of an endpoint it is stored, changed, audited and deleted like any other URL, and names no inspector but the endpoint's own, so
 * there is none of anybody else's to name. Rejected: inspectors with ids of their own, which need rows, and a check at each delivery of whose they are.
 */
import { limits } from "./limits.ts";

export const inspectorHost = "inspector.invalid";
/** What the URL of every endpoint at the inspector begins with, normalised. */
export const inspectorOrigin = `http://${inspectorHost}`;

/** How what comes to the inspector is answered. */
export type Answering =
  | {
      readonly kind: "told";
      readonly status: number;
      /** Before the answer. */
      readonly delayMs: number;
      /** 0 to 1: how many of the requests are answered 500 instead. */
      readonly failureShare: number;
    }
  /** `temporary`: the endpoint ends by itself. */
  | { readonly kind: "listener"; readonly temporary: boolean };

interface Refused {
  readonly kind: "refused";
  /** A sentence for whoever gave the URL. */
  readonly reason: string;
}

/** What stands for `status`, and at the share of failures. */
const toldDefaults = { status: 200, delayMs: 0, failureShare: 0 } as const;
const failureDigits = 4;

/** The URL of an endpoint that is answered so; what is by default is left out. */
export function inspectorUrlOf(answering: Answering): string {
  if (answering.kind === "listener") {
    return `${inspectorOrigin}/listener${answering.temporary ? "?temporary=true" : ""}`;
  }
  const parameters = (["status", "delayMs", "failureShare"] as const)
    .filter((name) => answering[name] !== toldDefaults[name])
    .map((name) => `${name}=${answering[name]}`);
  return `${inspectorOrigin}/${parameters.length === 0 ? "" : `?${parameters.join("&")}`}`;
}

/** The URL of every temporary endpoint: there is one way to write it. */
export const temporaryListenerUrl = inspectorUrlOf({ kind: "listener", temporary: true });

/** How an endpoint with this URL is answered; undefined if it is not at the inspector, as this program writes it. */
export function answeringOf(url: string): Answering | undefined {
  if (url !== inspectorOrigin && !url.startsWith(`${inspectorOrigin}/`)) return undefined;
  const answering = parseAnswering(url.slice(inspectorOrigin.length) || "/");
  return answering.kind === "refused" ? undefined : answering;
}

/** @param target path and query of a URL at the inspector, normalised */
export function parseAnswering(target: string): Answering | Refused {
  const [path = "", query] = target.split(/\?(.*)/s);
  const parameters = parametersOf(query ?? "");
  if (parameters === undefined) return refused("each parameter once, as name=value", query);
  if (path === "/") return toldBy(parameters);
  if (path === "/listener") return listenerBy(parameters);
  return refused("the path / or /listener", path);
}

/** Undefined: they can be read in two ways. */
function parametersOf(query: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const part of query === "" ? [] : query.split("&")) {
    const { name, value } = /^(?<name>\w+)=(?<value>[\w.]+)$/.exec(part)?.groups ?? {};
    if (name === undefined || value === undefined || parameters.has(name)) return undefined;
    parameters.set(name, value);
  }
  return parameters;
}

function toldBy(parameters: ReadonlyMap<string, string>): Answering | Refused {
  const told: { status: number; delayMs: number; failureShare: number } = { ...toldDefaults };
  for (const [name, text] of parameters) {
    const value = numberOf(text);
    switch (name) {
      case "status":
        if (!Number.isInteger(value) || value < 200 || value > 599) {
          return refused("a status of 200 to 599", text);
        }
        told.status = value;
        break;
      case "delayMs":
        if (!Number.isInteger(value) || value > limits.inspectorDelayMsMax) {
          return refused(`a delayMs of 0 to ${limits.inspectorDelayMsMax}`, text);
        }
        told.delayMs = value;
        break;
      case "failureShare":
        if (!(value <= 1)) return refused("a failureShare of 0 to 1", text);
        told.failureShare = value;
        break;
      default:
        return refused("the parameters status, delayMs and failureShare", name);
    }
  }
  return { kind: "told", ...told };
}

function listenerBy(parameters: ReadonlyMap<string, string>): Answering | Refused {
  const [first] = parameters;
  if (first === undefined) return { kind: "listener", temporary: false };
  const isTemporary = parameters.size === 1 && first[0] === "temporary" && first[1] === "true";
  return isTemporary
    ? { kind: "listener", temporary: true }
    : refused("no parameter but temporary=true", first.join("="));
}

/** NaN: it is no number that is 0 or more, in decimals. */
function numberOf(text: string): number {
  return new RegExp(`^\\d{1,6}(?:\\.\\d{1,${failureDigits}})?$`).test(text)
    ? Number(text)
    : Number.NaN;
}

function refused(expected: string, got: string | undefined): Refused {
  return {
    kind: "refused",
    reason: `the inspector takes ${expected}, got ${JSON.stringify(got ?? "")}`,
  };
}
