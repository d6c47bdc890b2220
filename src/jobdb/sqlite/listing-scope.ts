/** Where history looks for the rows of a listing. */
import { messageRowOf } from "../../core/delivery.ts";
import type { ApplicationKey, EndpointKey } from "../../core/ids.ts";
import type { AttemptsQuery } from "../../director/facade.ts";
import type { HistoryReader, ListedTable } from "./history-reader.ts";
import type { MessageFilter, RowRange } from "./history-statements.ts";
import type { TimedRow } from "./row-span.ts";
import type { TakenValues } from "./run-values.ts";

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
  /** Whether they are unsettled: a JobDb that is drained has none. */
  readonly areUnsettled?: boolean;
}

/** How a listing finds its rows in one JobDb. */
export interface Listing extends Scope {
  /** A row that has none of these values is not one of them. */
  readonly taken: TakenValues;
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
  return { ...deliveriesTo(endpoint), areUnsettled: true };
}

/** What a filter takes of messages. What becomes of their deliveries is left out: it changes. */
export function takenMessages({ eventTypes, channel, tag }: MessageFilter): TakenValues {
  return {
    ...(eventTypes === undefined ? {} : { eventType: eventTypes }),
    ...(channel === undefined ? {} : { channel: [channel] }),
    ...(tag === undefined ? {} : { tag: [tag] }),
  };
}

/** What one takes of attempts. */
export function takenAttempts({ status, statusCodeClass, ...rest }: AttemptsQuery): TakenValues {
  return {
    ...takenMessages(rest),
    ...(status === undefined ? {} : { status: [status] }),
    ...(statusCodeClass === undefined ? {} : { statusCodeClass: [String(statusCodeClass)] }),
  };
}
