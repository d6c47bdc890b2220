/** Flags that say which messages of an endpoint something is about, as body and as query of the API. */
import type { Options } from "./api-command.ts";
import { CommandFailure } from "./command-failure.ts";
import { namesOf } from "./option-values.ts";

export const spanOptions = {
  "--since <TIME>": "of messages made at or after this, ISO 8601",
  "--until <TIME>": "of messages made before this; now, if left out",
};

export const filterOptions = {
  "--event-types <NAMES>": "only messages of these, with commas between",
  "--channel <NAME>": "only messages of it",
  "--tag <NAME>": "only messages with it",
};

export const statusOption = {
  "--status <STATUS>": "only what was delivered, or only what has failed",
};

/** As the API calls them. */
const statuses = { delivered: 0, failed: 2 } as const;

/** Undefined: of any. @throws CommandFailure `usage` */
export function statusOf({ status }: Options): keyof typeof statuses | undefined {
  if (status === undefined || status === "delivered" || status === "failed") return status;
  throw new CommandFailure("usage", "--status is neither delivered nor failed");
}

export function filterBody(options: Options) {
  const { since, until, eventTypes, channel, tag } = options;
  const status = statusOf(options);
  return {
    since,
    until,
    eventTypes: namesOf(eventTypes),
    channel,
    tag,
    status: status && statuses[status],
  };
}

export function filterQuery({ since, until, eventTypes, channel, tag }: Options): Options {
  return { since, until, event_types: eventTypes, channel, tag };
}
