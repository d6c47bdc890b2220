import type { Command } from "commander";
import { addApiCommands, type Options } from "./api-command.ts";
import { jsonTextOf } from "./option-values.ts";

export function addEventType(program: Command): void {
  const all = "/api/v1/event-type";
  const one = `${all}/{}`;
  const options = {
    "--description <TEXT>": "what it tells of",
    "--schemas <JSON>":
      "JSON schemas of the payload by version: JSON, @FILE, or - for standard input",
  };
  addApiCommands(program.command("event-type").description("event types of the server"), [
    {
      name: "list",
      description: "list them",
      method: "GET",
      path: all,
      columns: ["name", "description", "archived"],
      options: { "--archived": "those that are archived too" },
      query: ({ archived }) => ({ include_archived: archived === undefined ? undefined : "true" }),
    },
    { name: "show <NAME>", description: "show one", method: "GET", path: one },
    {
      name: "create",
      description: "make one, or an archived one anew",
      method: "POST",
      path: all,
      options: { "--name <NAME>": "such as order.paid", ...options },
      body: bodyOf,
    },
    {
      name: "update <NAME>",
      description: "change what is given",
      method: "PATCH",
      path: one,
      options,
      body: bodyOf,
    },
    {
      name: "archive <NAME>",
      description: "offer it no more; messages of it are delivered all the same",
      method: "PATCH",
      path: one,
      body: () => JSON.stringify({ archived: true }),
    },
    {
      name: "unarchive <NAME>",
      description: "offer it again",
      method: "PATCH",
      path: one,
      body: () => JSON.stringify({ archived: false }),
    },
    {
      name: "delete <NAME>",
      description: "delete one",
      method: "DELETE",
      path: one,
      query: () => ({ expunge: "true" }),
    },
  ]);
}

async function bodyOf({ name, description, schemas }: Options): Promise<string> {
  const given = await jsonTextOf("--schemas", schemas);
  const parsed = given === undefined ? undefined : (JSON.parse(given) as unknown);
  return JSON.stringify({ name, description, schemas: parsed });
}
