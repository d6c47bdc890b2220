/** Commands and options for an endpoint's own headers, which may be credentials. */
import type { ApiCommand } from "./api-command.ts";
import { CommandFailure } from "./command-failure.ts";
import { jsonTextOf } from "./option-values.ts";

export const headersOption = {
  "--headers <JSON>": "values by name: @FILE, or - for standard input",
};

/**
 * Showing and replacing them.
 *
 * @param endpoint its path
 * @param which the arguments that fill it
 */
export function headersCommands(endpoint: string, which: string): readonly ApiCommand[] {
  const path = `${endpoint}/headers`;
  return [
    {
      name: `headers ${which}`,
      description:
        "show what is sent to it besides our own headers, of likely credentials the names",
      method: "GET",
      path,
    },
    {
      name: `set-headers ${which}`,
      description: "give it these headers instead of all that it has",
      method: "PUT",
      path,
      options: headersOption,
      body: async ({ headers }) => `{"headers":${(await headersTextOf(headers)) ?? "null"}}`,
    },
  ];
}

/**
 * JSON, undefined if none is given.
 *
 * @throws CommandFailure `usage`, also if it is on the command line, which every user of the machine sees
 */
export async function headersTextOf(given: string | undefined): Promise<string | undefined> {
  if (given !== undefined && given !== "-" && !given.startsWith("@")) {
    throw new CommandFailure(
      "usage",
      "--headers is neither @FILE nor -: on a command line other users would see it",
    );
  }
  return jsonTextOf("--headers", given);
}
