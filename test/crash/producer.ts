import { Pool } from "undici";
import type { DeliveryChecker, SentMessage } from "../e2e/delivery-checker.ts";
import { bodyHashOf } from "../e2e/receiver.ts";
import type { SeededRandom } from "../e2e/seeded-random.ts";
import { type Addressing, recipientsOf, type Subscriber } from "../e2e/subscriber.ts";
import type { Tally } from "../e2e/tally.ts";

export interface ProducerOptions {
  readonly subscribers: readonly Subscriber[];
  readonly eventTypes: readonly string[];
  readonly channels: readonly string[];
  readonly checker: DeliveryChecker;
  readonly random: SeededRandom;
  readonly acknowledgements: Tally;
  /** POSTs that wait for an answer at once. */
  readonly inFlight: number;
}

interface Draft extends SentMessage, Addressing {
  readonly payload: string;
}

/**
 * POSTs messages as fast as the server answers them, until the server is gone or refuses. A POST is never repeated: one
 * whose answer got lost may have been accepted or not.
 */
export class Producer {
  readonly #options: ProducerOptions;
  readonly #applications: readonly string[];
  #serial = 0;

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.#applications = [
      ...new Set(options.subscribers.map((subscriber) => subscriber.application)),
    ];
  }

  /** Resolves when the server no longer answers and nothing is in flight. Fails on an answer that makes no sense. */
  async run(address: string, token: string): Promise<void> {
    const { inFlight } = this.#options;
    const pool = new Pool(address, { connections: inFlight, pipelining: 1, allowH2: false });
    try {
      await Promise.all(
        Array.from({ length: inFlight }, () => this.#postUntilRefused(pool, token)),
      );
    } finally {
      await pool.destroy();
    }
  }

  async #postUntilRefused(pool: Pool, token: string): Promise<void> {
    let accepting = true;
    while (accepting) accepting = await this.#post(pool, token, this.#draft());
  }

  /** False if the server is gone or on its way. */
  async #post(pool: Pool, token: string, draft: Draft): Promise<boolean> {
    const { checker, acknowledgements } = this.#options;
    checker.sending(draft);
    const answer = await answerOf(pool, token, draft);
    if (answer === undefined || answer.statusCode === 503) return false;
    if (answer.statusCode !== 202) {
      throw new Error(`POST answered ${answer.statusCode}: ${answer.text}`);
    }
    checker.acknowledge(idOf(answer.text), draft);
    acknowledgements.add();
    return true;
  }

  #draft(): Draft {
    const { random, channels, eventTypes, subscribers } = this.#options;
    this.#serial += 1;
    const payload = payloadOf(this.#serial, random.integer(0, 1200));
    const addressing = {
      application: random.pick(this.#applications),
      eventType: random.pick(eventTypes),
      channels: random.unit() < 0.5 ? undefined : [random.pick(channels)],
    };
    const recipients = recipientsOf(subscribers, addressing);
    return { ...addressing, payload, bodyHash: bodyHashOf(payload), recipients };
  }
}

/** Undefined if the connection broke, or could not be made. */
async function answerOf(
  pool: Pool,
  token: string,
  draft: Draft,
): Promise<{ readonly statusCode: number; readonly text: string } | undefined> {
  const { eventType, channels, payload } = draft;
  const rest = JSON.stringify({ eventType, ...(channels === undefined ? {} : { channels }) });
  try {
    const { statusCode, body } = await pool.request({
      method: "POST",
      path: `/api/v1/app/${draft.application}/msg?with_content=false`,
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: `{"payload":${payload},${rest.slice(1)}`,
    });
    return { statusCode, text: await body.text() };
  } catch (error) {
    if (isConnectionError(error)) return undefined;
    throw error;
  }
}

const connectionErrors = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && "code" in error && connectionErrors.has(String(error.code));
}

function idOf(text: string): string {
  const answer: unknown = JSON.parse(text);
  if (typeof answer === "object" && answer !== null && "id" in answer) return String(answer.id);
  throw new Error(`202 without an id: ${text}`);
}

/** JSON that does not survive being parsed and written again: whoever does that alters it. */
function payloadOf(serial: number, padding: number): string {
  const text = "ž\\u00e9\\/🎺".concat("x".repeat(padding));
  return `{ "serial":${serial}, "big":12345678901234567890,"twice":1,"twice":2, "text":"${text}" }`;
}
