/** Listings of what the control store has: applications, endpoints, event types. */
import { Type } from "typebox";
import type { ControlPage } from "../control/facade.ts";
import { cursorOf, type Cursor, listingOf, type Listing, pageQuery } from "./listing.ts";

type Order = ControlPage["order"];

const orderQuery = Type.Unsafe<Order>({
  type: "string",
  enum: ["ascending", "descending"],
  default: "ascending",
  description: "By id, which is by time of creation; event types by name.",
});

/** @param pattern of the ids that are listed, without anchors */
export function controlPageQuery(pattern: string) {
  return { ...pageQuery(pattern), order: Type.Optional(orderQuery) };
}

/** What `controlPageQuery` lets a request ask for. */
export interface ControlQuery {
  readonly limit?: number;
  readonly iterator?: string;
  readonly order?: Order;
}

/**
 * The page that a query asks for.
 *
 * @param read asks the control store's reader
 * @param idOf what an iterator names the item by
 */
export function controlListingOf<Item>(
  query: ControlQuery,
  read: (page: ControlPage) => readonly Item[],
  idOf: (item: Item) => string,
): Listing<Item> {
  const cursor = cursorOf(query);
  return listingOf(read(controlPageOf(cursor, query.order ?? "ascending")), cursor, idOf);
}

/** One item more than the page has, nearest to the edge first. */
function controlPageOf(cursor: Cursor, order: Order): ControlPage {
  const opposite = order === "ascending" ? "descending" : "ascending";
  return {
    limit: cursor.limit + 1,
    edge: cursor.edge,
    order: cursor.backward ? opposite : order,
  };
}
