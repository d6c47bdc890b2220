import type { ControlSources, ControlStore } from "./control-store.ts";

/** What a write works with, inside its transaction. */
export interface ControlWrite {
  readonly store: ControlStore;
  /** The instant of the transaction, Unix milliseconds. */
  readonly atMs: number;
  readonly randomBytes: ControlSources["randomBytes"];
}

/** Random bytes of an application's or an endpoint's id (core/ids.ts). */
export const idRandomBytes = 14;
