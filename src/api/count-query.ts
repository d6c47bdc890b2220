/** By what it is said which of an endpoint's messages are counted. */
import { Type, type Static } from "typebox";
import type { CountQuery } from "../director/facade.ts";
import { instant } from "./fields.ts";
import { historyFilters } from "./history-query.ts";
import { parseInstantMs } from "./instant.ts";

const { channel, tag, event_types } = historyFilters;

export const countQuery = Type.Object({
  since: Type.Optional({ ...instant, description: "Only messages made at or after this." }),
  until: Type.Optional({ ...instant, description: "Only messages made before this." }),
  event_types,
  channel,
  tag,
});

export function countQueryOf({
  since,
  until,
  event_types: eventTypes,
  channel: ofChannel,
  tag: withTag,
}: Static<typeof countQuery>): CountQuery {
  return {
    sinceMs: since === undefined ? undefined : parseInstantMs(since),
    untilMs: until === undefined ? undefined : parseInstantMs(until),
    eventTypes,
    channel: ofChannel,
    tag: withTag,
  };
}
