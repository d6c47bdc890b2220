/** What a producer sent and was promised: all that a disk after a power cut is judged by. */
export interface Pledges {
  /** The payload of each message that was sent, by its serial from 0: acknowledged or not, it may be there. */
  readonly payloads: readonly string[];
  /** The serial of each message that was acknowledged, by its id. */
  readonly acknowledged: Readonly<Record<string, number>>;
  /** Messages that were sent together: all of them are there or none. */
  readonly batches: readonly { readonly firstSerial: number; readonly count: number }[];
  /** Serials of messages with an idempotency key: each is there with its answer. */
  readonly keyed: readonly number[];
  /** Serials of messages whose payload was asked to be erased. */
  readonly erased: readonly number[];
  /** In the order of asking; for each application one after the other. */
  readonly controlWrites: readonly ControlWrite[];
}

export interface ControlWrite {
  /** Of this write alone; its answer repeats it. The application's new name, or the new endpoint's uid. */
  readonly mark: string;
  readonly what: "name" | "endpoint";
  readonly applicationUid: string;
  readonly isAcknowledged: boolean;
}
