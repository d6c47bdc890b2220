/** What was cancelled in a simulated world: it need not arrive any more, and must not begin to afterwards. */
import { messageRowOf } from "../../src/core/delivery.ts";
import { type Address, type EndpointKey, messageIdOf, parseMessageId } from "../../src/core/ids.ts";
import type { Director } from "../../src/director/director.ts";
import type { Cancellation } from "../../src/director/facade.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Arrival } from "./simulated-network.ts";
import type { WorldRecord } from "./world-record.ts";

/** What an operator asks to have cancelled. */
export interface AskedCancellation {
  readonly endpoint: EndpointKey;
  /** Undefined: whatever waits for the endpoint. */
  readonly messages: readonly Address[] | undefined;
  readonly askedAtMs: number;
  /** When it was told to be done; infinite if it was not. */
  doneAtMs: number;
}

/** Everything, or what waits of about every third message. */
export function askCancellation(
  random: SeededRandom,
  endpoint: EndpointKey,
  { sent, askedAtMs }: Pick<WorldRecord, "sent"> & Pick<AskedCancellation, "askedAtMs">,
): AskedCancellation {
  const asked = { endpoint, askedAtMs, doneAtMs: Infinity };
  if (random.chance(0.3)) return { ...asked, messages: undefined };
  const addresses = [...sent.values()].flatMap(({ address }) => address ?? []);
  return { ...asked, messages: addresses.filter(() => random.chance(0.3)) };
}

export async function cancelAsked(
  director: Director,
  { endpoint, messages }: AskedCancellation,
): Promise<Cancellation> {
  if (messages === undefined) return director.cancel(endpoint);
  return director.cancelMessages(endpoint, messages);
}

/** The longest from the making of a message to its commit: what is asked for before does not mean it for certain. */
const commitMs = 1_000;

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
    return [...this.#sentAfterwards(record), ...sentAlthoughDone(record), ...this.#unasked(record)];
  }

  #sentAfterwards({ arrivals, resent }: Pick<WorldRecord, "arrivals" | "resent">): string[] {
    const resentKeys = resentKeysOf(resent);
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

/** Whoever was told that it is done, also of what was being sent, sees nothing more begin, whatever crashes. */
function sentAlthoughDone({
  cancellations,
  attempts,
  resent,
}: Pick<WorldRecord, "cancellations" | "attempts" | "resent">): string[] {
  const resentKeys = resentKeysOf(resent);
  const done = cancellations
    .filter(({ doneAtMs }) => doneAtMs < Infinity)
    .map((each) => ({ ...each, rows: each.messages && new Set(each.messages.map(rowKeyOf)) }));
  return attempts.flatMap(({ messageId, endpoint, atMs }) => {
    const key = `${messageId} at ${endpoint}`;
    const address = parseMessageId(messageId);
    if (address === undefined || resentKeys.has(key)) return [];
    const isDone = done.some(
      ({ rows, askedAtMs, doneAtMs, ...of }) =>
        of.endpoint === endpoint &&
        atMs > doneAtMs &&
        (rows?.has(rowKeyOf(address)) ?? address.atMs < askedAtMs - commitMs),
    );
    return isDone ? [`sent although its cancellation was done: ${key}`] : [];
  });
}

function resentKeysOf(resent: WorldRecord["resent"]): ReadonlySet<string> {
  return new Set(resent.map(({ address, endpoint }) => `${messageIdOf(address)} at ${endpoint}`));
}

function rowKeyOf({ jobDb, row }: Pick<Address, "jobDb" | "row">): string {
  return `${jobDb}/${row}`;
}

function keyOf({ jobDb, row }: Pick<Address, "jobDb" | "row">, endpoint: EndpointKey): string {
  return `${jobDb}/${row} at ${endpoint}`;
}
