/** Erasing all that is known of an application's messages, or of some of them, for good. */
import type { ApplicationKey, EndpointKey } from "./ids.ts";

/** What is to be erased within one JobDb, or the archive of one. */
export interface PurgeScope {
  readonly application: ApplicationKey;
  /** Only what was sent there and answered from there; undefined: the application's messages and all of that. */
  readonly endpoint: EndpointKey | undefined;
  /** Only the message in this row; undefined: all. */
  readonly message: number | undefined;
}

/** Rows that were in the scope, whether or not something was left in them to erase. */
export interface PurgedRows {
  readonly messages: number;
  readonly attempts: number;
}

export const nothingPurged: PurgedRows = { messages: 0, attempts: 0 };

export function addPurged(left: PurgedRows, right: PurgedRows): PurgedRows {
  return { messages: left.messages + right.messages, attempts: left.attempts + right.attempts };
}
