import type { Command } from "commander";
import { addApiCommands, type ApiCommand } from "./api-command.ts";
import { addEndpointTasks } from "./endpoint-tasks.ts";
import { filterOptions, filterQuery, spanOptions } from "./message-filter.ts";
import { headersCommands, headersOption, headersTextOf } from "./headers-option.ts";
import { namesOf } from "./option-values.ts";

const all = "/api/v1/app/{}/endpoint";
const one = `${all}/{}`;
const which = "<APPLICATION> <ENDPOINT>";

const keeping: readonly ApiCommand[] = [
  {
    name: "list <APPLICATION>",
    description: "list an application's",
    method: "GET",
    path: all,
    columns: ["id", "uid", "url", "disabled", "eventTypes"],
  },
  { name: `show ${which}`, description: "show one", method: "GET", path: one },
  {
    name: "create <APPLICATION>",
    description: "make one",
    method: "POST",
    path: all,
    options: {
      "--url <URL>": "where its messages go",
      "--uid <UID>": "an id of your own",
      "--event-types <NAMES>": "only these, with commas between",
    },
    body: ({ url, uid, eventTypes }) =>
      JSON.stringify({ url, uid, eventTypes: namesOf(eventTypes) }),
  },
  {
    name: `update ${which}`,
    description: "change what is given",
    method: "PATCH",
    path: one,
    options: { "--url <URL>": "where its messages go", "--uid <UID>": "an id of your own" },
    body: ({ url, uid }) => JSON.stringify({ url, uid }),
  },
  { name: `delete ${which}`, description: "delete one", method: "DELETE", path: one },
  {
    name: `disable ${which}`,
    description: "send it nothing until it is enabled",
    method: "PATCH",
    path: one,
    body: () => JSON.stringify({ disabled: true }),
  },
  {
    name: `enable ${which}`,
    description: "send to it again",
    method: "PATCH",
    path: one,
    body: () => JSON.stringify({ disabled: false }),
  },
  {
    name: `secret ${which}`,
    description: "print its signing secret",
    method: "GET",
    path: `${one}/secret`,
  },
  {
    name: `rotate-secret ${which}`,
    description: "give it a new signing secret",
    method: "POST",
    path: `${one}/secret/rotate`,
    body: () => "{}",
  },
  ...headersCommands(one, which),
  {
    name: `patch-headers ${which}`,
    description: "set some of its headers, take some away",
    method: "PATCH",
    path: `${one}/headers`,
    options: { ...headersOption, "--delete <NAMES>": "take these away, with commas between" },
    body: async ({ headers, delete: names }) => {
      const deleted = JSON.stringify(namesOf(names) ?? []);
      return `{"headers":${(await headersTextOf(headers)) ?? "{}"},"deleteHeaders":${deleted}}`;
    },
  },
];

const sending: readonly ApiCommand[] = [
  {
    name: `queue ${which}`,
    description: "show its queue and health",
    method: "GET",
    path: `${one}/queue`,
  },
  {
    name: `stats ${which}`,
    description: "count its messages by what has become of them",
    method: "GET",
    path: `${one}/stats`,
    options: { ...spanOptions, ...filterOptions },
    query: filterQuery,
  },
  {
    name: `attempts ${which}`,
    description: "list what was sent there, newest first",
    method: "GET",
    path: "/api/v1/app/{}/attempt/endpoint/{}",
    columns: ["id", "msgId", "statusText", "responseStatusCode", "responseDurationMs", "timestamp"],
    options: { "--failed": "only those that failed" },
    query: ({ failed }) => ({ status: failed === undefined ? undefined : "2" }),
  },
  {
    name: `messages ${which}`,
    description: "list what was for it, and what became of that, newest first",
    method: "GET",
    path: `${one}/msg`,
    columns: ["id", "eventType", "statusText", "nextAttempt", "timestamp"],
  },
  {
    name: `send-example ${which}`,
    description: "send it the example of an event type, and nobody else",
    method: "POST",
    path: `${one}/send-example`,
    options: { "--event-type <NAME>": "of which" },
    body: ({ eventType }) => JSON.stringify({ eventType }),
  },
  {
    name: `probe ${which}`,
    description: "try a paused one now",
    method: "POST",
    path: `${one}/probe`,
  },
  {
    name: `pause ${which}`,
    description: "send it nothing until it is resumed, or until a time; what comes waits",
    method: "POST",
    path: `${one}/pause`,
    options: {
      "--reason <TEXT>": "told to whoever looks at it",
      "--until <TIME>": "when it goes on by itself, ISO 8601",
    },
    body: ({ reason, until }) => JSON.stringify({ reason, until }),
  },
  { name: `resume ${which}`, description: "end a pause", method: "POST", path: `${one}/resume` },
];

export function addEndpoint(program: Command): void {
  const command = program.command("endpoint").description("endpoints of an application");
  addApiCommands(command, [...keeping, ...sending]);
  addEndpointTasks(command);
}
