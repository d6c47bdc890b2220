/** Asks a server as any client of its API does. */
import process from "node:process";
import type { Command } from "commander";
import type { Settings } from "../main/setting-definitions.ts";
import { clientEnvironment } from "../main/settings.ts";
import { printableToken } from "../main/token.ts";
import { CommandFailure } from "./command-failure.ts";
import { localServerOf, settingsOf } from "./settings-options.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  /** JSON. */
  readonly body?: string | undefined;
}

/** The answer's JSON, undefined if it has none. */
export type Ask = (request: ApiRequest) => Promise<unknown>;

/**
 * By the server and token of flag and environment, or else of the settings on this machine; undefined after problems of those
 * have been told. A token made here opens everything, so it goes to this machine alone.
 *
 * @throws CommandFailure `usage`
 */
export async function connect(command: Command): Promise<Ask | undefined> {
  const environment = process.env; // oxlint-disable-line node/no-process-env -- where a token is given, as flags are seen by every process
  const { server: flag } = command.opts<{ readonly server?: string }>();
  const given = flag ?? environment[clientEnvironment.server];
  const token = environment[clientEnvironment.token];
  if (given !== undefined && token !== undefined) return asking(parseServer(given), token);
  const settings = settingsOf(command);
  if (settings === undefined) return undefined;
  const server = parseServer(given ?? localServerOf(settings));
  return asking(server, token ?? (await localTokenFor(server, settings)));
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
    const request: RequestInit = {
      method,
      redirect: "error",
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
    };
    if (body !== undefined) request.body = body;
    const answer = await fetch(new URL(path, server), request).catch((error: unknown) => {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      throw new CommandFailure(
        "unreachable",
        `no answer from ${server.origin}: ${String(cause)}. Is the server there?`,
      );
    });
    const text = await answer.text();
    if (!answer.ok) throw failureOf(answer.status, `${server.origin} answered`, text);
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  };
}

function failureOf(status: number, who: string, text: string): CommandFailure {
  const kind =
    status === 404 ? "notFound" : status === 401 || status === 403 ? "notAllowed" : "failed";
  return new CommandFailure(kind, `${who} ${status}: ${text}`);
}
