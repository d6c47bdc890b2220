import type { Command } from "commander";
import { addApiCommands } from "./api-command.ts";
import { headersCommands } from "./headers-option.ts";
import { namesOf } from "./option-values.ts";

const all = "/api/v1/operational-webhook/endpoint";
const one = `${all}/{}`;

export function addOperationalEndpoint(program: Command): void {
  const command = program
    .command("operational-endpoint")
    .description("endpoints of your own, which are told what happens to the others");
  addApiCommands(command, [
    {
      name: "list",
      description: "list them",
      method: "GET",
      path: all,
      columns: ["id", "uid", "url", "disabled", "eventTypes"],
    },
    { name: "show <ENDPOINT>", description: "show one", method: "GET", path: one },
    {
      name: "create",
      description: "make one",
      method: "POST",
      path: all,
      options: {
        "--url <URL>": "where it is told",
        "--uid <UID>": "an id of your own",
        "--event-types <NAMES>": "only of these, such as endpoint.disabled, with commas between",
      },
      body: ({ url, uid, eventTypes }) =>
        JSON.stringify({ url, uid, eventTypes: namesOf(eventTypes) }),
    },
    { name: "delete <ENDPOINT>", description: "delete one", method: "DELETE", path: one },
    {
      name: "secret <ENDPOINT>",
      description: "print its signing secret",
      method: "GET",
      path: `${one}/secret`,
    },
    {
      name: "rotate-secret <ENDPOINT>",
      description: "give it a new signing secret",
      method: "POST",
      path: `${one}/secret/rotate`,
      body: () => "{}",
    },
    ...headersCommands(one, "<ENDPOINT>"),
    {
      name: "attempts <ENDPOINT>",
      description: "list what was sent there, newest first",
      method: "GET",
      path: `${one}/attempt`,
      columns: [
        "id",
        "msgId",
        "statusText",
        "responseStatusCode",
        "responseDurationMs",
        "timestamp",
      ],
      options: { "--failed": "only those that failed" },
      query: ({ failed }) => ({ status: failed === undefined ? undefined : "2" }),
    },
  ]);
}
