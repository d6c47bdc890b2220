/** What every listing of history can be narrowed by. */
import { Type } from "typebox";
import type { Page } from "../director/facade.ts";
import type { Address } from "../core/ids.ts";
import { channel, eventTypeName, instant, tag } from "./fields.ts";
import { parseInstantMs } from "./instant.ts";
import type { Cursor } from "./listing.ts";
import { Problem } from "./problem.ts";

export const historyFilters = {
  before: Type.Optional({ ...instant, description: "Only what was made before this." }),
  after: Type.Optional({ ...instant, description: "Only what was made after this." }),
  channel: Type.Optional({ ...channel, description: "Only messages of this channel." }),
  tag: Type.Optional({ ...tag, description: "Only messages with this tag." }),
  event_types: Type.Optional(
    Type.Array(eventTypeName, {
      uniqueItems: true,
      description: "Only messages of these event types; repeated or separated by commas.",
    }),
  ),
};

/**
 * The page to ask history for, one item longer than the one to show: newest first, so an iterator goes to older rows.
 *
 * @param parse of the ids that are listed
 */
export function historyPageOf(
  query: { readonly before?: string; readonly after?: string },
  cursor: Cursor,
  parse: (id: string) => Address | undefined,
): Page {
  const edge = cursor.edge === undefined ? undefined : parse(cursor.edge);
  if (cursor.edge !== undefined && edge === undefined) throw unknownIterator(cursor.edge);
  const afterMs = query.after === undefined ? undefined : parseInstantMs(query.after);
  return {
    limit: cursor.limit + 1,
    edge,
    direction: cursor.backward ? "newer" : "older",
    sinceMs: afterMs === undefined ? undefined : afterMs + 1,
    untilMs: query.before === undefined ? undefined : parseInstantMs(query.before),
  };
}

function unknownIterator(got: string): Problem {
  const msg = `Expected an iterator of an earlier page, got ${JSON.stringify(got)}. Take it from there as it is.`;
  return Problem.wrongFields([{ loc: ["query", "iterator"], msg, type: "value_error" }]);
}
