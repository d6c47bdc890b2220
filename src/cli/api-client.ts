/** Asks a server as any client of its API does. */
import process from "node:process";
import type { Command } from "commander";
import type { Settings } from "../main/setting-definitions.ts";
import { clientEnvironment } from "../main/settings.ts";
import { printableToken } from "../main/token.ts";
import { CommandFailure } from "./command-failure.ts";
import { type ServerEvent, serverEvents } from "./server-events.ts";
import { localServerOf, settingsOf } from "./settings-options.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  /** JSON. */
  readonly body?: string | undefined;
}

/** The answer's JSON, undefined if it has none. */
export type Ask = (request: ApiRequest) => Promise<unknown>;

/** The events of a stream, until the server or the signal ends it. */
export type Watch = (path: string, signal: AbortSignal) => AsyncGenerator<ServerEvent>;

export interface Client {
  readonly ask: Ask;
  readonly watch: Watch;
}

/**
 * By the server and token of flag and environment, or else of the settings on this machine; undefined after problems of those
 * have been told. A token made here opens everything, so it goes to this machine alone.
 *
 * @throws CommandFailure `usage`
 */
export async function connect(command: Command): Promise<Client | undefined> {
  const environment = process.env; // oxlint-disable-line node/no-process-env -- where a token is given, as flags are seen by every process
  const { server: flag } = command.opts<{ readonly server?: string }>();
  const given = flag ?? environment[clientEnvironment.server];
  const token = environment[clientEnvironment.token];
  if (given !== undefined && token !== undefined) return clientOf(parseServer(given), token);
  const settings = settingsOf(command);
  if (settings === undefined) return undefined;
  const server = parseServer(given ?? localServerOf(settings));
  return clientOf(server, token ?? (await localTokenFor(server, settings)));
}

function clientOf(server: URL, token: string): Client {
  return { ask: asking(server, token), watch: watching(server, token) };
}

async function localTokenFor(server: URL, settings: Settings): Promise<string> {
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(server.hostname);
  if (!isLocal && server.origin !== new URL(localServerOf(settings)).origin)
    throw new CommandFailure(
      "usage",
      `no token for ${server.origin}: set ${clientEnvironment.token} (a token made here is for this machine's server only)`,
    );
  return await printableToken(settings, { organization: "org_default", application: undefined }, 1);
}

/** @throws CommandFailure `usage` */
export function parseServer(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new CommandFailure(
    "usage",
    "the server is not a URL: expected http:// or https:// and a host",
  );
}

/** Asks as who has this token. Fails with a CommandFailure. */
export function asking(server: URL, token: string): Ask {
  return async ({ method, path, body }) => {
    const request: TokenRequest = { method };
    if (body !== undefined) {
      request.body = body;
      request.headers = { "content-type": "application/json" };
    }
    const text = await (await answerTo(server, path, token, request)).text();
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  };
}

/** Watches as who has this token. Fails with a CommandFailure, and as fetch does when the signal ends it. */
function watching(server: URL, token: string): Watch {
  return async function* (path, signal) {
    const headers = { accept: "text/event-stream" };
    const { body } = await answerTo(server, path, token, { signal, headers });
    if (body === null) return;
    try {
      yield* serverEvents(body);
    } catch (error) {
      throw signal.aborted ? error : noAnswer(server, error);
    }
  };
}

/** Of what the token is added to. */
type TokenRequest = Omit<RequestInit, "headers"> & {
  headers?: Readonly<Record<string, string>>;
};

async function answerTo(
  server: URL,
  path: string,
  token: string,
  { headers, ...request }: TokenRequest,
): Promise<Response> {
  const answer = await fetch(new URL(path, server), {
    ...request,
    redirect: "error",
    headers: { ...headers, authorization: `Bearer ${token}` },
  }).catch((error: unknown) => {
    throw request.signal?.aborted === true ? error : noAnswer(server, error);
  });
  if (!answer.ok) throw failureOf(answer.status, `${server.origin} answered`, await answer.text());
  return answer;
}

function noAnswer({ origin }: URL, error: unknown): CommandFailure {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return new CommandFailure(
    "unreachable",
    `no answer from ${origin}: ${String(cause)}. Is the server there?`,
  );
}

function failureOf(status: number, who: string, text: string): CommandFailure {
  const kind =
    status === 404 ? "notFound" : status === 401 || status === 403 ? "notAllowed" : "failed";
  return new CommandFailure(kind, `${who} ${status}: ${text}`, status >= 500);
}
