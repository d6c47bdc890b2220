/**
 * Pages of a listing. An iterator is the id of the last item of a page and asks for what follows it; with "-" before it,
 * the id of the first item, and it asks for what comes before. Pages look the same whichever way they were reached.
 */
import { Type, type Static, type TSchema, type TUnsafe } from "typebox";
import { limits } from "../core/limits.ts";
import { component, type Component } from "./component.ts";

/** Which page is wanted. */
export interface Cursor {
  /** 1 to `limits.pageMax`. */
  readonly limit: number;
  /** The item that the page lies beside; undefined: the listing's beginning. */
  readonly edge: string | undefined;
  /** Whether the page ends before the edge instead of beginning after it. */
  readonly backward: boolean;
}

export interface Listing<Item> {
  readonly data: Item[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
}

/**
 * What every listing's query has.
 *
 * @param pattern of the ids that are listed, without anchors
 */
export function pageQuery(pattern: string) {
  return {
    limit: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: `Items of a page: ${limits.pageDefault} if left out; less than 1 counts as 1 and more than ${limits.pageMax} as ${limits.pageMax}.`,
      }),
    ),
    iterator: Type.Optional(
      Type.String({
        pattern: `^[-:]?${pattern}$`,
        description: "An `iterator` or `prevIterator` of an earlier page.",
      }),
    ),
  };
}

export function cursorOf(query: { limit?: number; iterator?: string }): Cursor {
  const limit = Math.min(Math.max(query.limit ?? limits.pageDefault, 1), limits.pageMax);
  const { iterator } = query;
  if (iterator === undefined) return { limit, edge: undefined, backward: false };
  const marked = iterator.startsWith("-") || iterator.startsWith(":");
  return {
    limit,
    edge: marked ? iterator.slice(1) : iterator,
    backward: iterator.startsWith("-"),
  };
}

/** For a page with payloads: with a lower limit if all of `found` would be more than an answer may have; one item at least. */
export function pageWithin(
  cursor: Cursor,
  found: readonly { readonly payload: Uint8Array | undefined }[],
): Cursor {
  let bytes = 0;
  const fitting = found.findIndex(({ payload }) => {
    bytes += payload?.length ?? 0;
    return bytes > limits.pagePayloadBytesMax;
  });
  const limit = fitting === -1 ? cursor.limit : Math.min(cursor.limit, Math.max(fitting, 1));
  return { ...cursor, limit };
}

/** @param found what was asked for: at most one item more than the page has, nearest to the edge first */
export function listingOf<Item>(
  found: readonly Item[],
  cursor: Cursor,
  idOf: (item: Item) => string,
): Listing<Item> {
  const page = { items: found.slice(0, cursor.limit), isLast: found.length <= cursor.limit };
  return listingOfPage(page, cursor, idOf);
}

/** The same of a page whose source knows whether there is anything beyond. */
export function listingOfPage<Item>(
  { items, isLast }: { readonly items: readonly Item[]; readonly isLast: boolean },
  cursor: Cursor,
  idOf: (item: Item) => string,
): Listing<Item> {
  const data = cursor.backward ? items.toReversed() : [...items];
  const [first] = data;
  const last = data.at(-1);
  return {
    data,
    iterator: last === undefined ? null : unambiguous(idOf(last)),
    prevIterator: first === undefined ? null : `-${idOf(first)}`,
    done: isLast,
  };
}

/** An event type's name may begin with "-", and a file's with ":" too: ":" keeps it from asking for the page before. */
function unambiguous(id: string): string {
  return /^[-:]/.test(id) ? `:${id}` : id;
}

/** Svix's `ListResponse_X_`. */
export function listComponent<Item extends TSchema>(
  id: string,
  item: Item,
): Component<Listing<Static<Item>>> {
  const iterator: TUnsafe<string | null> = Type.Unsafe({ type: ["string", "null"] });
  return component(
    id,
    Type.Object({
      data: Type.Array(item),
      iterator,
      prevIterator: iterator,
      done: Type.Boolean({ description: "Whether there is nothing beyond in this direction." }),
    }),
  );
}
