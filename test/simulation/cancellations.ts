/** What was cancelled in a simulated world: it need not arrive any more, and must not begin to afterwards. */
import { messageRowOf } from "../../src/core/delivery.ts";
import { type Address, type EndpointKey, messageIdOf, parseMessageId } from "../../src/core/ids.ts";
import type { Director } from "../../src/director/director.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Arrival } from "./simulated-network.ts";
import type { WorldRecord } from "./world-record.ts";

/** What an operator asks to have cancelled. */
export interface AskedCancellation {
  readonly endpoint: EndpointKey;
  /** Undefined: whatever waits for the endpoint. */
  readonly messages: readonly Address[] | undefined;
}

/** Everything, or what waits of about every third message. */
export function askCancellation(
  random: SeededRandom,
  endpoint: EndpointKey,
  sent: WorldRecord["sent"],
): AskedCancellation {
  if (random.chance(0.3)) return { endpoint, messages: undefined };
  const addresses = [...sent.values()].flatMap(({ address }) => address ?? []);
  return { endpoint, messages: addresses.filter(() => random.chance(0.3)) };
}

/** Returns how many are cancelled. */
export async function cancelAsked(
  director: Director,
  { endpoint, messages }: AskedCancellation,
): Promise<number> {
  if (messages === undefined) return director.cancel(endpoint);
  return (await director.cancelMessages(endpoint, messages)).cancelled;
}

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
  violations(record: WorldRecord): string[] {
    return [...this.#sentAfterwards(record), ...this.#unasked(record)];
  }

  #sentAfterwards({ arrivals, resent }: Pick<WorldRecord, "arrivals" | "resent">): string[] {
    const resentKeys = new Set(
      resent.map(({ address, endpoint }) => `${messageIdOf(address)} at ${endpoint}`),
    );
    return arrivals.flatMap((arrival) => {
      const key = `${arrival.messageId} at ${arrival.endpoint}`;
      if (resentKeys.has(key) || !this.#isOver(arrival)) return [];
      return [`sent after it was cancelled: ${key}`];
    });
  }

  /** What was erased is cancelled when its turn comes. */
  #unasked({ cancellations, files }: Pick<WorldRecord, "cancellations" | "files">): string[] {
    const all = new Set<EndpointKey>();
    const allowed = new Set<string>();
    for (const { endpoint, messages } of cancellations) {
      if (messages === undefined) all.add(endpoint);
      for (const address of messages ?? []) allowed.add(keyOf(address, endpoint));
    }
    return [...files.values()].flatMap(({ number, attempts, erased }) =>
      attempts.flatMap(({ settlement, delivery, endpoint }) => {
        const row = messageRowOf(delivery);
        const key = keyOf({ jobDb: number, row }, endpoint);
        const isAllowed = all.has(endpoint) || allowed.has(key) || erased.has(row);
        return settlement !== "cancelled" || isAllowed ? [] : [`cancelled by nobody: ${key}`];
      }),
    );
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
