import { Pool } from "undici";
import type { SeededRandom } from "../../e2e/seeded-random.ts";
import { Tally } from "../../e2e/tally.ts";
import { isConnectionError } from "../connection-error.ts";
import type { ControlWrite, Pledges } from "./pledges.ts";

export interface LoadOptions {
  readonly random: SeededRandom;
  readonly token: string;
  /** Where a receiver listens. */
  readonly receiverUrl: string;
}

interface Request {
  readonly method: "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: string;
  /** Idempotency key. */
  readonly key?: string;
}

const eventType = "power.cut";
const producers = 8;
const batchMessagesMax = 60;
const largeBatchMessages = 1000;
const paddingMax = 900;
const largeBatchPadding = 20;

/** POSTs messages, batches and control writes from several producers at once, and notes what it is promised. */
export class RecordedLoad {
  readonly acknowledgements = new Tally();
  readonly #options: LoadOptions;
  readonly #payloads: string[] = [];
  readonly #acknowledged: Record<string, number> = {};
  readonly #batches: Pledges["batches"][number][] = [];
  readonly #keyed: number[] = [];
  readonly #erased: number[] = [];
  readonly #controlWrites: ControlWrite[] = [];
  #marks = 0;
  #newestId: string | undefined;
  /** Pending while the load rests. */
  #rest = Promise.withResolvers<void>();

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#rest.resolve();
  }

  /** No producer sends anything more, but for what is under way, until `goOn`. */
  pause(): void {
    this.#rest = Promise.withResolvers();
  }

  goOn(): void {
    this.#rest.resolve();
  }

  get pledges(): Pledges {
    return {
      payloads: this.#payloads,
      acknowledged: this.#acknowledged,
      batches: this.#batches,
      keyed: this.#keyed,
      erased: this.#erased,
      controlWrites: this.#controlWrites,
    };
  }

  /** Resolves when the server no longer answers. */
  async run(address: string): Promise<void> {
    const pool = new Pool(address, { connections: producers, pipelining: 1, allowH2: false });
    try {
      const body = JSON.stringify({ description: "any" });
      await this.#send(pool, { method: "PUT", path: `/api/v1/event-type/${eventType}`, body });
      await Promise.all(
        Array.from({ length: producers }, (_, index) => this.#produce(pool, index)),
      );
    } finally {
      await pool.destroy();
    }
  }

  /** Each producer has an application to itself, so its writes have an order. */
  async #produce(pool: Pool, index: number): Promise<void> {
    const uid = `app-${index}`;
    let isAnswered = await this.#writeControl(pool, "name", uid);
    if (isAnswered) isAnswered = await this.#writeControl(pool, "endpoint", uid);
    while (isAnswered) {
      await this.#rest.promise;
      isAnswered = await this.#next(pool, uid);
    }
  }

  /** False if the server is gone or on its way. */
  async #next(pool: Pool, uid: string): Promise<boolean> {
    const { random } = this.#options;
    const choice = random.unit();
    if (choice < 0.05) return this.#writeControl(pool, "name", uid);
    if (choice < 0.07) return this.#writeControl(pool, "endpoint", uid);
    if (choice < 0.09) return this.#erasePayload(pool, uid);
    if (choice < 0.1) return this.#sendBatch(pool, uid, largeBatchMessages);
    if (choice < 0.3) return this.#sendBatch(pool, uid, random.integer(2, batchMessagesMax));
    return this.#sendMessage(pool, uid);
  }

  async #writeControl(pool: Pool, what: ControlWrite["what"], uid: string): Promise<boolean> {
    this.#marks += 1;
    const mark = `mark-${this.#marks}.`;
    const request: Request =
      what === "name"
        ? { method: "PUT", path: `/api/v1/app/${uid}`, body: JSON.stringify({ name: mark, uid }) }
        : {
            method: "POST",
            path: `/api/v1/app/${uid}/endpoint`,
            body: JSON.stringify({ url: this.#options.receiverUrl, uid: mark }),
          };
    const answer = await this.#send(pool, request);
    const isAcknowledged = answer !== undefined;
    this.#controlWrites.push({ mark, what, applicationUid: uid, isAcknowledged });
    return isAcknowledged;
  }

  async #erasePayload(pool: Pool, uid: string): Promise<boolean> {
    const id = this.#newestId;
    const serial = id === undefined ? undefined : this.#acknowledged[id];
    if (serial === undefined) return true;
    this.#erased.push(serial);
    // It may be another producer's application's: then it is not found, which is as well.
    const path = `/api/v1/app/${uid}/msg/${id}/content`;
    return (await this.#send(pool, { method: "DELETE", path })) !== undefined;
  }

  async #sendMessage(pool: Pool, uid: string): Promise<boolean> {
    const { random } = this.#options;
    const serial = this.#newSerial(paddingMax);
    const isKeyed = random.unit() < 0.3;
    if (isKeyed) this.#keyed.push(serial);
    const answer = await this.#send(pool, {
      method: "POST",
      path: `/api/v1/app/${uid}/msg?with_content=false`,
      body: this.#messageOf(serial),
      ...(isKeyed ? { key: `key-${serial}` } : {}),
    });
    if (answer === undefined) return false;
    this.#acknowledge(JSON.parse(answer), serial);
    return true;
  }

  async #sendBatch(pool: Pool, uid: string, count: number): Promise<boolean> {
    const padding = count === largeBatchMessages ? largeBatchPadding : paddingMax;
    const serials = Array.from({ length: count }, () => this.#newSerial(padding));
    this.#batches.push({ firstSerial: serials[0] ?? 0, count });
    const answer = await this.#send(pool, {
      method: "POST",
      path: `/api/v1/app/${uid}/msg/batch`,
      body: `[${serials.map((serial) => this.#messageOf(serial)).join(",")}]`,
    });
    if (answer === undefined) return false;
    const { data } = JSON.parse(answer) as { readonly data: readonly unknown[] }; // the API's contract
    for (const [index, serial] of serials.entries()) this.#acknowledge(data[index], serial);
    return true;
  }

  #newSerial(padding: number): number {
    const serial = this.#payloads.length;
    const text = "x".repeat(this.#options.random.integer(0, padding));
    this.#payloads.push(`{"serial":${serial},"text":"${text}"}`);
    return serial;
  }

  #messageOf(serial: number): string {
    return `{"eventType":"${eventType}","payload":${this.#payloads[serial]}}`;
  }

  #acknowledge(part: unknown, serial: number): void {
    if (typeof part !== "object" || part === null || !("id" in part)) {
      throw new Error(`202 without an id: ${JSON.stringify(part)}`);
    }
    this.#newestId = String(part.id);
    this.#acknowledged[this.#newestId] = serial;
    this.acknowledgements.add();
  }

  /** The answer's text; undefined if nobody knows what became of it: the server is gone, or on its way. */
  async #send(pool: Pool, { method, path, body, key }: Request): Promise<string | undefined> {
    const headers = {
      authorization: `Bearer ${this.#options.token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
    };
    let answer;
    try {
      answer = await pool.request({ method, path, headers, body: body ?? null });
      const text = await answer.body.text();
      if (answer.statusCode < 300 || answer.statusCode === 404) return text;
      if (answer.statusCode === 503) return undefined;
      throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`);
    } catch (error) {
      if (isConnectionError(error)) return undefined;
      throw error;
    }
  }
}
