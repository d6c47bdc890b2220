/** Where history looks for the rows of a listing. */
import { messageRowOf } from "../../core/delivery.ts";
import type { ApplicationKey, EndpointKey } from "../../core/ids.ts";
import type { HistoryReader, ListedTable } from "./history-reader.ts";
import type { RowRange } from "./history-statements.ts";
import type { TimedRow } from "./row-span.ts";

export type Statements = HistoryReader["statements"];

/** Where a search looks in one JobDb. */
export interface Scope {
  /** Has the rows that are looked for. */
  readonly table: ListedTable;
  /** Says in which runs they are. */
  readonly entry: keyof Statements["run"];
  /** The application or endpoint whose rows they are. */
  readonly key: number;
  /** A row before which the JobDb has nothing of them; undefined if it has nothing at all. */
  readonly firstRow: (statements: Statements) => number | undefined;
  /** Only in JobDbs in which something is unsettled. */
  readonly unsettled?: true;
}

/** How a listing finds its rows in one JobDb. */
export interface Listing extends Scope {
  readonly keys: (statements: Statements, range: RowRange) => readonly TimedRow[];
}

/** The messages of an application. */
export function messagesOf(application: ApplicationKey): Scope {
  return {
    table: "message",
    entry: "message",
    key: application,
    firstRow: (statements) => statements.firstMessage(application),
  };
}

/** The messages that were for an endpoint. */
export function deliveriesTo(endpoint: EndpointKey): Scope {
  return {
    table: "message",
    entry: "delivery",
    key: endpoint,
    firstRow: (statements) => {
      const first = statements.firstDelivery(endpoint);
      return first === undefined ? undefined : messageRowOf(first);
    },
  };
}

/** The same, as far as something may wait for it. */
export function waitingFor(endpoint: EndpointKey): Scope {
  return { ...deliveriesTo(endpoint), unsettled: true };
}
