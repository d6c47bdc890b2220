/**
 * Posthorn inside the caller's own process: the same server that the command line starts.
 *
 *     const posthorn = await startPosthorn({ data: "./posthorn-data", listen: "127.0.0.1:0" });
 *     // posthorn.address, await posthorn.token()
 *     await posthorn.stop();
 */
import { PosthornError } from "../core/errors.ts";
import { createLogger } from "./logger.ts";
import { startServer } from "./server.ts";
import { parseSettings } from "./settings.ts";
import { settingDefinitions, type Settings } from "./setting-definitions.ts";
import { printableToken } from "./token.ts";

export { PosthornError };

/** Settings as texts or plain values; what is left out has its default. The environment is not looked at. */
export type PosthornOptions = {
  readonly [Name in keyof Settings]?: string | number | boolean | readonly (string | number)[];
};

export interface Posthorn {
  /** Of the API, such as `http://127.0.0.1:8071`. */
  readonly address: string;
  /** A bearer token, for a year. */
  token(organization?: string): Promise<string>;
  /** Accepts nothing more, lets attempts under way end, closes everything. Idempotent. */
  stop(): Promise<void>;
  /** Resolves if the server can't go on: stop it, and start another. */
  readonly failure: Promise<PosthornError>;
}

/**
 * Starts a server. Resolves when messages are accepted.
 * Fails with a `PosthornError` whose code is `config_invalid` (the message names every problem), `data_locked`,
 * `data_unwritable`, `data_newer`, `encryption_key_wrong`, `disk_full`, `sqlite_too_old` or `listen_failed`; then nothing runs.
 */
export async function startPosthorn(options: PosthornOptions = {}): Promise<Posthorn> {
  const result = parseSettings({ flags: textsOf(options), environment: {}, file: undefined });
  if (result.kind === "invalid")
    throw new PosthornError("config_invalid", result.problems.join("\n"));
  const { settings } = result;
  const server = await startServer(settings, createLogger(settings.logLevel));
  return {
    address: server.address,
    failure: server.failure,
    stop: () => server.stop(),
    token: (organization = "org_default") =>
      printableToken(settings, { organization, application: undefined }, 365),
  };
}

function textsOf(options: PosthornOptions): Record<string, string> {
  const given = Object.entries(settingDefinitions).flatMap(([name, { flag }]) => {
    const value = options[name as keyof Settings]; // the names of the table are those of Settings
    return value === undefined ? [] : [[flag, String(value)] as const];
  });
  return Object.fromEntries(given);
}
