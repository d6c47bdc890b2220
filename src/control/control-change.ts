import { endpointKeyOf, type EndpointKey } from "../core/ids.ts";
import type { TableName } from "./tables.ts";

/** What a ledger entry changed, as those are told who keep something derived from it. */
export interface ControlChange {
  readonly sequence: number;
  readonly table: TableName;
  readonly key: number;
  /**
   * The key of the row that this one belongs to: an endpoint's application, a signing secret's endpoint. Null for the
   * other tables, and for a row that has been erased.
   */
  readonly owner: number | null;
}

/** The endpoint whose sending a change may touch; undefined if it is none. An application's end comes with its endpoints'. */
export function changedEndpointOf(change: ControlChange): EndpointKey | undefined {
  if (change.table === "endpoint") return endpointKeyOf(change.key);
  return change.table === "signing_secret" && change.owner !== null
    ? endpointKeyOf(change.owner)
    : undefined;
}
