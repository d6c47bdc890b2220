/** What was cancelled in a simulated world: it need not arrive any more, and must not begin to afterwards. */
import { messageRowOf } from "../../src/core/delivery.ts";
import { type Address, type EndpointKey, messageIdOf, parseMessageId } from "../../src/core/ids.ts";
import type { Arrival } from "./simulated-network.ts";
import type { WorldRecord } from "./world-record.ts";

/** When rounds of deliveries were settled as cancelled, by request or because their payload was erased. */
export class Cancellations {
  readonly #atMs = new Map<string, number[]>();

  constructor(files: WorldRecord["files"]) {
    for (const { number, attempts } of files.values()) {
      for (const { settlement, delivery, endpoint, atMs } of attempts) {
        if (settlement !== "cancelled") continue;
        const key = keyOf({ jobDb: number, row: messageRowOf(delivery) }, endpoint);
        this.#atMs.set(key, [...(this.#atMs.get(key) ?? []), atMs]);
      }
    }
  }

  /** Whether a round of this delivery was cancelled at or after a time, Unix milliseconds. */
  has(address: Address, endpoint: EndpointKey, sinceMs: number): boolean {
    return this.#atMs.get(keyOf(address, endpoint))?.some((atMs) => atMs >= sinceMs) ?? false;
  }

  /** A delivery that was never resent has one round, so nothing of it begins when that is over. */
  violations({ arrivals, resent }: Pick<WorldRecord, "arrivals" | "resent">): string[] {
    const resentKeys = new Set(
      resent.map(({ address, endpoint }) => `${messageIdOf(address)} at ${endpoint}`),
    );
    return arrivals.flatMap((arrival) => {
      const key = `${arrival.messageId} at ${arrival.endpoint}`;
      if (resentKeys.has(key) || !this.#isOver(arrival)) return [];
      return [`sent after it was cancelled: ${key}`];
    });
  }

  #isOver({ messageId, endpoint, atMs }: Arrival): boolean {
    const address = parseMessageId(messageId);
    if (address === undefined) return false;
    return this.#atMs.get(keyOf(address, endpoint))?.some((each) => each < atMs) ?? false;
  }
}

function keyOf({ jobDb, row }: Pick<Address, "jobDb" | "row">, endpoint: EndpointKey): string {
  return `${jobDb}/${row} at ${endpoint}`;
}
