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

/** How many requests are batches, and of how many messages. */
const batchShare = 0.1;
const batchMessagesMax = 40;

/**
 * POSTs messages, alone or in batches, as fast as the server answers them, until the server is gone or refuses. A POST is never repeated: one
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
    const { random } = this.#options;
    let accepting = true;
    while (accepting) {
      accepting = await (random.unit() < batchShare
        ? this.#postBatch(pool, token)
        : this.#post(pool, token));
    }
  }

  /** False if the server is gone or on its way. */
  async #post(pool: Pool, token: string): Promise<boolean> {
    const draft = this.#draft(this.#options.random.pick(this.#applications));
    this.#options.checker.sending(draft);
    const path = `/api/v1/app/${draft.application}/msg?with_content=false`;
    const answer = await answerOf(pool, token, { path, body: jsonOf(draft), type: jsonType });
    return this.#acknowledge([draft], answer, (json) => [json]);
  }

  /** As a JSON array or as NDJSON. False if the server is gone or on its way. */
  async #postBatch(pool: Pool, token: string): Promise<boolean> {
    const { checker, random } = this.#options;
    const application = random.pick(this.#applications);
    const length = random.integer(2, batchMessagesMax);
    const drafts = Array.from({ length }, () => this.#draft(application));
    checker.sendingTogether(drafts);
    const items = drafts.map((draft) => jsonOf(draft));
    const path = `/api/v1/app/${application}/msg/batch`;
    const request =
      random.unit() < 0.5
        ? { path, body: `[${items.join(",")}]`, type: jsonType }
        : { path, body: items.join("\n"), type: "application/x-ndjson" };
    const answer = await answerOf(pool, token, request);
    return this.#acknowledge(drafts, answer, (json) => listOf(json));
  }

  /**
   * What a 202 says of each draft.
   *
   * @param partsOf the answer's part for each draft, in order
   */
  #acknowledge(
    drafts: readonly Draft[],
    answer: Answer | undefined,
    partsOf: (json: unknown) => readonly unknown[],
  ): boolean {
    if (answer === undefined || answer.statusCode === 503) return false;
    if (answer.statusCode !== 202) {
      throw new Error(`POST answered ${answer.statusCode}: ${answer.text}`);
    }
    const parts = partsOf(JSON.parse(answer.text));
    if (parts.length !== drafts.length) throw new Error(`202 for other messages: ${answer.text}`);
    for (const [index, draft] of drafts.entries()) {
      this.#options.checker.acknowledge(idOf(parts[index]), draft);
      this.#options.acknowledgements.add();
    }
    return true;
  }

  #draft(application: string): Draft {
    const { random, channels, eventTypes, subscribers } = this.#options;
    this.#serial += 1;
    const payload = payloadOf(this.#serial, random.integer(0, 1200));
    const addressing = {
      application,
      eventType: random.pick(eventTypes),
      channels: random.unit() < 0.5 ? undefined : [random.pick(channels)],
    };
    const recipients = recipientsOf(subscribers, addressing);
    return { ...addressing, payload, bodyHash: bodyHashOf(payload), recipients };
  }
}

interface Answer {
  readonly statusCode: number;
  readonly text: string;
}

const jsonType = "application/json";

/** Undefined if the connection broke, or could not be made. */
async function answerOf(
  pool: Pool,
  token: string,
  request: { readonly path: string; readonly type: string; readonly body: string },
): Promise<Answer | undefined> {
  try {
    const { statusCode, body } = await pool.request({
      method: "POST",
      path: request.path,
      headers: { "content-type": request.type, authorization: `Bearer ${token}` },
      body: request.body,
    });
    return { statusCode, text: await body.text() };
  } catch (error) {
    if (isConnectionError(error)) return undefined;
    throw error;
  }
}

function jsonOf({ eventType, channels, payload }: Draft): string {
  const rest = JSON.stringify({ eventType, ...(channels === undefined ? {} : { channels }) });
  return `{"payload":${payload},${rest.slice(1)}`;
}

const connectionErrors = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && "code" in error && connectionErrors.has(String(error.code));
}

/** Of a message's answer, or of an accepted one's result in a batch. */
function idOf(answer: unknown): string {
  if (typeof answer === "object" && answer !== null && "id" in answer) return String(answer.id);
  throw new Error(`202 without an id: ${JSON.stringify(answer)}`);
}

function listOf(answer: unknown): readonly unknown[] {
  if (typeof answer === "object" && answer !== null && "data" in answer) {
    if (Array.isArray(answer.data)) return answer.data;
  }
  throw new Error(`202 without results: ${JSON.stringify(answer)}`);
}

/** JSON that does not survive being parsed and written again: whoever does that alters it. */
function payloadOf(serial: number, padding: number): string {
  const text = "ž\\u00e9\\/🎺".concat("x".repeat(padding));
  return `{ "serial":${serial}, "big":12345678901234567890,"twice":1,"twice":2, "text":"${text}" }`;
}
