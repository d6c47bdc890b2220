import type { Command } from "commander";
import { addApiCommands, type Options } from "./api-command.ts";
import { countOf, jsonTextOf } from "./option-values.ts";

export function addApp(program: Command): void {
  const one = "/api/v1/app/{}";
  const options = {
    "--name <NAME>": "what people call it",
    "--uid <UID>": "an id of your own",
    "--throttle-rate <COUNT>":
      "attempts a second to all its endpoints together, or none for no limit",
    "--retention-days <DAYS>":
      "how long its history is kept, or none for as long as the server does",
    "--metadata <JSON>": "texts by name: JSON, @FILE, or - for standard input",
  };
  addApiCommands(program.command("app").description("applications of the server"), [
    {
      name: "list",
      description: "list them",
      method: "GET",
      path: "/api/v1/app",
      columns: ["id", "uid", "name", "createdAt"],
    },
    { name: "show <APPLICATION>", description: "show one", method: "GET", path: one },
    {
      name: "create",
      description: "make one",
      method: "POST",
      path: "/api/v1/app",
      options,
      body: bodyOf,
    },
    {
      name: "update <APPLICATION>",
      description: "change what is given",
      method: "PATCH",
      path: one,
      options,
      body: bodyOf,
    },
    { name: "delete <APPLICATION>", description: "delete one", method: "DELETE", path: one },
    {
      name: "portal-link <APPLICATION>",
      description: "make a link to its portal, for the customer's people",
      method: "POST",
      path: "/api/v1/auth/app-portal-access/{}",
      options: {
        "--expires-in-hours <COUNT>": "how long it works; 7 days by default",
        "--read-only": "it changes nothing, and is told no signing secret",
      },
      body: portalBody,
    },
  ]);
}

async function bodyOf({ name, uid, ...given }: Options): Promise<string> {
  const metadata = await jsonTextOf("--metadata", given["metadata"]);
  return JSON.stringify({
    name,
    uid,
    throttleRate: countOf("--throttle-rate", given["throttleRate"]),
    retentionDays: countOf("--retention-days", given["retentionDays"]),
    metadata: metadata === undefined ? undefined : (JSON.parse(metadata) as unknown),
  });
}

function portalBody({ expiresInHours, readOnly }: Options): string {
  const hours = countOf("--expires-in-hours", expiresInHours) ?? undefined;
  return JSON.stringify({
    expiry: hours === undefined ? undefined : hours * 3_600,
    readOnly: readOnly !== undefined,
  });
}
