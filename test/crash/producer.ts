import { Pool } from "undici";
import type { DeliveryChecker, SentMessage } from "../e2e/delivery-checker.ts";
import { bodyHashOf } from "../e2e/receiver.ts";
import type { SeededRandom } from "../e2e/seeded-random.ts";
import { type Addressing, recipientsOf, type Subscriber } from "../e2e/subscriber.ts";
import type { Tally } from "../e2e/tally.ts";
import { isConnectionError } from "./connection-error.ts";

export interface ProducerOptions {
  readonly subscribers: readonly Subscriber[];
  readonly eventTypes: readonly string[];
  readonly channels: readonly string[];
  readonly checker: DeliveryChecker;
  readonly random: SeededRandom;
  readonly acknowledgements: Tally;
  /** POSTs that wait for an answer at once. */
  readonly inFlight: number;
  /** How many of the batches are as large as the API allows. */
  readonly largeBatchShare: number;
}

interface Draft extends SentMessage, Addressing {
  readonly payload: string;
}

/** A request, as it can be sent again to the letter. */
interface Post {
  readonly path: string;
  readonly type: string;
  readonly body: string;
  /** Its idempotency key; undefined: it has none, and is never repeated. */
  readonly key: string | undefined;
  readonly drafts: readonly Draft[];
  /** The answer's part for each draft, in order. */
  readonly partsOf: (json: unknown) => readonly unknown[];
}

/** How many requests are batches, and of how many messages. */
const batchShare = 0.1;
const batchMessagesMax = 40;
const largeBatchMessages = 1000;
/** So that it is no more than 2 MiB in all. */
const largeBatchPaddingMax = 100;
const paddingMax = 1200;
/** How many requests have an idempotency key, and how many of these are sent twice at once. */
const keyShare = 0.5;
const twinShare = 0.1;

/**
 * POSTs messages, alone or in batches, as fast as the server answers them, until the server is gone or refuses. One whose
 * answer got lost may have been accepted or not: if it has an idempotency key, it is POSTed again to the next server, and
 * the checker sees to it that it was accepted once; else it never is.
 */
export class Producer {
  readonly #options: ProducerOptions;
  readonly #applications: readonly string[];
  #serial = 0;
  /** To be repeated, as nobody knows what became of them. */
  #unanswered: Post[] = [];
  #repeated = 0;

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.#applications = [
      ...new Set(options.subscribers.map((subscriber) => subscriber.application)),
    ];
  }

  /** How many requests whose answer got lost were answered when they were repeated. */
  get repeated(): number {
    return this.#repeated;
  }

  /** Resolves when the server no longer answers and nothing is in flight. Fails on an answer that makes no sense. */
  async run(address: string, token: string): Promise<void> {
    await this.#withPool(address, async (pool) => {
      const { inFlight } = this.#options;
      await this.#repeatUnanswered(pool, token);
      await Promise.all(
        Array.from({ length: inFlight }, () => this.#postUntilRefused(pool, token)),
      );
    });
  }

  /** Repeats what is left of that, and sends nothing new. Fails if the server does not answer all of it. */
  async finish(address: string, token: string): Promise<void> {
    await this.#withPool(address, (pool) => this.#repeatUnanswered(pool, token));
    const { length } = this.#unanswered;
    if (length > 0) throw new Error(`${length} repeated POSTs were not answered`);
  }

  async #withPool(address: string, use: (pool: Pool) => Promise<void>): Promise<void> {
    const { inFlight } = this.#options;
    const pool = new Pool(address, { connections: inFlight, pipelining: 1, allowH2: false });
    try {
      await use(pool);
    } finally {
      await pool.destroy();
    }
  }

  async #repeatUnanswered(pool: Pool, token: string): Promise<void> {
    const posts = this.#unanswered;
    this.#unanswered = [];
    const repeat = async (post: Post): Promise<void> => {
      this.#options.checker.repeating(post.drafts);
      if (await this.#send(pool, token, post)) this.#repeated += 1;
    };
    await Promise.all(posts.map(repeat));
  }

  async #postUntilRefused(pool: Pool, token: string): Promise<void> {
    const { random } = this.#options;
    let accepting = true;
    while (accepting) {
      const post = random.unit() < batchShare ? this.#newBatch() : this.#newMessage();
      const isTwin = post.key !== undefined && random.unit() < twinShare;
      const sent = [this.#send(pool, token, post)];
      if (isTwin) sent.push(this.#send(pool, token, post));
      accepting = (await Promise.all(sent)).every((isAnswered) => isAnswered);
    }
  }

  #newMessage(): Post {
    const draft = this.#draft(this.#options.random.pick(this.#applications), paddingMax);
    this.#options.checker.sending(draft);
    return {
      path: `/api/v1/app/${draft.application}/msg?with_content=false`,
      type: jsonType,
      body: jsonOf(draft),
      key: this.#newKey(),
      drafts: [draft],
      partsOf: (json) => [json],
    };
  }

  /** As a JSON array or as NDJSON. */
  #newBatch(): Post {
    const { checker, random } = this.#options;
    const application = random.pick(this.#applications);
    const isLarge = random.unit() < this.#options.largeBatchShare;
    const length = isLarge ? largeBatchMessages : random.integer(2, batchMessagesMax);
    const padding = isLarge ? largeBatchPaddingMax : paddingMax;
    const drafts = Array.from({ length }, () => this.#draft(application, padding));
    checker.sendingTogether(drafts);
    const items = drafts.map((draft) => jsonOf(draft));
    const isArray = random.unit() < 0.5;
    return {
      path: `/api/v1/app/${application}/msg/batch`,
      type: isArray ? jsonType : "application/x-ndjson",
      body: isArray ? `[${items.join(",")}]` : items.join("\n"),
      key: this.#newKey(),
      drafts,
      partsOf: listOf,
    };
  }

  #newKey(): string | undefined {
    return this.#options.random.unit() < keyShare ? `key ${this.#serial}` : undefined;
  }

  /** False if the server is gone or on its way. */
  async #send(pool: Pool, token: string, post: Post): Promise<boolean> {
    const answer = await answerOf(pool, token, post);
    if (answer === undefined || answer.statusCode === 503) {
      // Its twin has put it there already.
      if (post.key !== undefined && !this.#unanswered.includes(post)) this.#unanswered.push(post);
      return false;
    }
    this.#acknowledge(post, answer);
    return true;
  }

  /** What a 202 says of each draft. */
  #acknowledge({ drafts, partsOf }: Post, answer: Answer): void {
    if (answer.statusCode !== 202) {
      throw new Error(`POST answered ${answer.statusCode}: ${answer.text}`);
    }
    const parts = partsOf(JSON.parse(answer.text));
    if (parts.length !== drafts.length) throw new Error(`202 for other messages: ${answer.text}`);
    for (const [index, draft] of drafts.entries()) {
      this.#options.checker.acknowledge(idOf(parts[index]), draft);
      this.#options.acknowledgements.add();
    }
  }

  #draft(application: string, padding: number): Draft {
    const { random, channels, eventTypes, subscribers } = this.#options;
    this.#serial += 1;
    const payload = payloadOf(this.#serial, random.integer(0, padding));
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
  { path, type, body, key }: Post,
): Promise<Answer | undefined> {
  try {
    const answer = await pool.request({
      method: "POST",
      path,
      headers: {
        "content-type": type,
        authorization: `Bearer ${token}`,
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      body,
    });
    return { statusCode: answer.statusCode, text: await answer.body.text() };
  } catch (error) {
    if (isConnectionError(error)) return undefined;
    throw error;
  }
}

function jsonOf({ eventType, channels, payload }: Draft): string {
  const rest = JSON.stringify({ eventType, ...(channels === undefined ? {} : { channels }) });
  return `{"payload":${payload},${rest.slice(1)}`;
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
