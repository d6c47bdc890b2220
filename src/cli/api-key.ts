import type { Command } from "commander";
import { addApiCommands } from "./api-command.ts";

export function addApiKey(program: Command): void {
  const all = "/api/v1/auth/key";
  addApiCommands(program.command("api-key").description("keys that open the API of the server"), [
    {
      name: "list",
      description: "list them, without what they are",
      method: "GET",
      path: all,
      columns: ["id", "name", "application", "createdAt", "expiresAt"],
    },
    {
      name: "create",
      description: "make one; it is told this once",
      method: "POST",
      path: all,
      options: {
        "--name <NAME>": "what it is for",
        "--application <ID>": "the one application that it opens, by id or uid, instead of all",
        "--expires-at <TIME>": "until when it works, ISO 8601; for ever by default",
      },
      body: ({ name, application, expiresAt }) => JSON.stringify({ name, application, expiresAt }),
    },
    {
      name: "delete <KEY>",
      description: "have one refused from now on",
      method: "DELETE",
      path: `${all}/{}`,
    },
  ]);
}
