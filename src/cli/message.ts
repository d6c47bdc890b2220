import type { Command } from "commander";
import { addApiCommands } from "./api-command.ts";
import { CommandFailure } from "./command-failure.ts";

export function addMessage(program: Command): void {
  const all = "/api/v1/app/{}/msg";
  const attempts = ["id", "endpointId", "statusText", "responseStatusCode", "timestamp"];
  addApiCommands(program.command("message").description("messages of an application"), [
    {
      name: "list <APPLICATION>",
      description: "list them, newest first",
      method: "GET",
      path: all,
      columns: ["id", "eventType", "eventId", "timestamp"],
    },
    {
      name: "show <APPLICATION> <MESSAGE>",
      description: "show one",
      method: "GET",
      path: `${all}/{}`,
    },
    {
      name: "attempts <APPLICATION> <MESSAGE>",
      description: "list its attempts, newest first",
      method: "GET",
      path: "/api/v1/app/{}/attempt/msg/{}",
      columns: attempts,
    },
    {
      name: "create <APPLICATION>",
      description: "send one",
      method: "POST",
      path: all,
      options: {
        "--event-type <NAME>": "what it is of",
        "--payload <JSON>": "sent as it is written here",
        "--event-id <ID>": "an id of your own",
      },
      body: messageBody,
    },
    {
      name: "resend <APPLICATION> <MESSAGE> <ENDPOINT>",
      description: "send it to an endpoint again",
      method: "POST",
      path: `${all}/{}/endpoint/{}/resend`,
    },
  ]);
}

/** The payload's own text, as reading it and writing it again would change numbers above 2^53. */
function messageBody({
  eventType,
  eventId,
  payload = "{}",
}: Readonly<Record<string, string | undefined>>): string {
  try {
    JSON.parse(payload);
  } catch {
    throw new CommandFailure("usage", "--payload is not JSON");
  }
  const rest = JSON.stringify({ eventType: eventType ?? "", eventId });
  return `${rest.slice(0, -1)},"payload":${payload}}`;
}
