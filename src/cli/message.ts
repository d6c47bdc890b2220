import type { Command } from "commander";
import { addApiCommands, type Options } from "./api-command.ts";
import { jsonTextOf, namesOf } from "./option-values.ts";

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
      name: "attempt <APPLICATION> <MESSAGE> <ATTEMPT>",
      description: "show an attempt, with what the endpoint answered",
      method: "GET",
      path: `${all}/{}/attempt/{}`,
    },
    {
      name: "endpoints <APPLICATION> <MESSAGE>",
      description: "list the endpoints that it went to, and what became of it there",
      method: "GET",
      path: `${all}/{}/endpoint`,
      columns: ["id", "url", "statusText", "nextAttempt"],
    },
    {
      name: "create <APPLICATION>",
      description: "send one",
      method: "POST",
      path: all,
      options: {
        "--event-type <NAME>": "what it is of",
        "--payload <JSON>": "sent as it is written: JSON, @FILE, or - for standard input",
        "--event-id <ID>": "an id of your own",
        "--channels <NAMES>": "with commas between",
      },
      body: bodyOf,
    },
    {
      name: "resend <APPLICATION> <MESSAGE> <ENDPOINT>",
      description: "send it to an endpoint again",
      method: "POST",
      path: `${all}/{}/endpoint/{}/resend`,
    },
  ]);
}

async function bodyOf({ eventType = "", eventId, channels, payload }: Options): Promise<string> {
  const text = (await jsonTextOf("--payload", payload)) ?? "{}";
  return messageBody({ eventType, eventId, channels: namesOf(channels) }, text);
}

interface MessageFields {
  readonly eventType: string;
  readonly eventId: string | undefined;
  readonly channels: readonly string[] | undefined;
}

/** @param payload JSON, whose own text is sent */
export function messageBody(fields: MessageFields, payload: string): string {
  return `${JSON.stringify(fields).slice(0, -1)},"payload":${payload}}`;
}
