/** Sends fuzzed requests over several connections at once, and judges what comes back. */
import { assert } from "../../../src/core/errors.ts";
import { limits } from "../../../src/core/limits.ts";
import { findRawMember } from "../../../src/core/raw-json.ts";
import type { RawAnswer } from "./answer-reader.ts";
import { type Exchange, FuzzConnection } from "./fuzz-connection.ts";
import { type FuzzedRequest, fuzzedRequest, type FuzzTarget } from "./fuzzed-request.ts";
import { textOfRequest } from "./request-text.ts";

export interface FuzzTotals {
  requests: number;
  /** Requests of each kind, and answers of each status; `closed` were cut off without one. */
  readonly kinds: Record<string, number>;
  readonly statuses: Record<string, number>;
  /** Payloads that were accepted, and read back byte for byte. */
  compared: number;
  /** What took longest of all that was sent together, milliseconds, on a machine that others may have been using too. */
  slowestMs: number;
  /** A sentence for each thing that is not as it should be, and how to see it again. */
  readonly problems: string[];
}

export interface FuzzOptions {
  readonly target: FuzzTarget;
  readonly port: number;
  readonly seed: number;
  readonly from: number;
  readonly until: number;
  readonly connections: number;
}

interface Numbered {
  readonly number: number;
  readonly request: FuzzedRequest;
}

/** Sound requests that are sent at once, to be answered one after the other. */
const together = 8;
/** Longer than this nothing may take … */
const hangMs = 1_000;
/** … but what was only slow as the machine is busy is waited for, and tried again alone. */
const patienceMs = 20_000;
const problemsMax = 50;

export async function runFuzz(options: FuzzOptions): Promise<FuzzTotals> {
  const totals: FuzzTotals = {
    requests: 0,
    kinds: {},
    statuses: {},
    compared: 0,
    slowestMs: 0,
    problems: [],
  };
  let next = options.from;
  const take = (): Numbered | undefined => {
    if (next >= options.until || totals.problems.length >= problemsMax) return undefined;
    const number = next;
    next += 1;
    return { number, request: fuzzedRequest(options.target, options.seed, number) };
  };
  const workers = Array.from({ length: options.connections }, () =>
    new FuzzWorker(options, totals).work(take),
  );
  await Promise.all(workers);
  return totals;
}

class FuzzWorker {
  readonly #options: FuzzOptions;
  readonly #totals: FuzzTotals;
  #connection: FuzzConnection;

  constructor(options: FuzzOptions, totals: FuzzTotals) {
    this.#options = options;
    this.#totals = totals;
    this.#connection = new FuzzConnection(options.port);
  }

  async work(take: () => Numbered | undefined): Promise<void> {
    for (;;) {
      const sound: Numbered[] = [];
      const unsound: Numbered[] = [];
      for (let each = take(); each !== undefined; each = take()) {
        (each.request.framing === "sound" ? sound : unsound).push(each);
        if (sound.length === together) break;
      }
      if (sound.length + unsound.length === 0) break;
      await this.#sendSound(sound);
      for (const each of unsound) await this.#sendUnsound(each);
    }
    this.#connection.destroy();
  }

  /** All at once; if the server closes the connection in between, the rest again on the next. */
  async #sendSound(all: readonly Numbered[]): Promise<void> {
    for (let rest = all; rest.length > 0;) {
      if (!this.#connection.isOpen) this.#connection = new FuzzConnection(this.#options.port);
      const bytes = Buffer.concat(rest.map(({ request }) => request.bytes));
      const exchange = await this.#timed(rest, () =>
        this.#connection.exchange(bytes, rest.length, patienceMs),
      );
      const { answers, end } = exchange;
      for (const [at, answer] of answers.entries()) {
        const sent = rest[at];
        assert(sent !== undefined, "there are no more answers than requests");
        this.#count(sent, answer.status);
        await this.#readBack(sent, answer);
      }
      if (end === "answered") return;
      this.#connection.destroy();
      this.#connection = new FuzzConnection(this.#options.port);
      if (answers.length === 0) {
        const [first] = rest;
        assert(first !== undefined, "something was sent");
        if (rest.length === 1)
          this.#tell(first, `was ${end === "late" ? "not answered" : "cut off"}`);
        // Which one it was shows when they are sent alone.
        else for (const each of rest) await this.#sendSound([each]);
        return;
      }
      rest = rest.slice(answers.length);
    }
  }

  async #sendUnsound(sent: Numbered): Promise<void> {
    const connection = new FuzzConnection(this.#options.port);
    const { answers, end } = await this.#timed([sent], () =>
      connection.finish(sent.request.bytes, patienceMs),
    );
    connection.destroy();
    if (end === "late") this.#tell(sent, "was neither answered nor cut off");
    this.#totals.requests += 1;
    count(this.#totals.kinds, sent.request.kind);
    if (answers.length === 0) count(this.#totals.statuses, "closed");
    for (const { status } of answers) this.#judge(sent, status);
  }

  /** What hangs does so again when it is alone. */
  async #timed(sent: readonly Numbered[], exchange: () => Promise<Exchange>): Promise<Exchange> {
    const fromMs = performance.now();
    const result = await exchange();
    const tookMs = Math.round(performance.now() - fromMs);
    this.#totals.slowestMs = Math.max(this.#totals.slowestMs, tookMs);
    if (tookMs > hangMs) for (const each of sent) await this.#tryAlone(each);
    return result;
  }

  async #tryAlone(sent: Numbered): Promise<void> {
    for (let time = 0; time < 3; time += 1) {
      const connection = new FuzzConnection(this.#options.port);
      const fromMs = performance.now();
      await connection.finish(sent.request.bytes, patienceMs);
      const tookMs = performance.now() - fromMs;
      connection.destroy();
      if (tookMs <= hangMs) return;
    }
    this.#tell(sent, `takes longer than ${hangMs} ms each time`);
  }

  #count(sent: Numbered, status: number): void {
    this.#totals.requests += 1;
    count(this.#totals.kinds, sent.request.kind);
    this.#judge(sent, status);
  }

  #judge(sent: Numbered, status: number): void {
    count(this.#totals.statuses, String(status));
    if (status >= 500 && status !== 503) this.#tell(sent, `was answered ${status}`);
  }

  #tell({ number, request }: Numbered, what: string): void {
    const again = `npm run fuzz -- --seed ${this.#options.seed} --only ${number}`;
    this.#totals.problems.push(`request ${number} (${request.kind}) ${what}; ${again}`);
  }

  /** Payloads of accepted messages are what was sent, byte for byte. */
  async #readBack(sent: Numbered, { status, body }: RawAnswer): Promise<void> {
    const { payloads } = sent.request;
    if (payloads === undefined || status !== 202) return;
    const ids = acceptedIds(JSON.parse(body.toString()));
    for (const [at, id] of ids.entries()) {
      const payload = payloads[at];
      if (id === undefined) continue;
      const stored = await this.#storedPayload(id);
      this.#totals.compared += 1;
      if (payload === undefined || stored?.equals(payload) !== true) {
        this.#tell(sent, `has ${shown(stored)} stored, not ${shown(payload)}`);
      }
    }
  }

  async #storedPayload(id: string): Promise<Buffer | undefined> {
    if (!this.#connection.isOpen) this.#connection = new FuzzConnection(this.#options.port);
    const bytes = textOfRequest(this.#options.target, {
      method: "GET",
      path: `/api/v1/app/fuzz/msg/${id}`,
    });
    const { answers } = await this.#connection.exchange(bytes, 1, patienceMs);
    const [answer] = answers;
    if (answer?.status !== 200) return undefined;
    const member = findRawMember(answer.body, "payload", limits.jsonDepthMax + 1);
    return member.kind === "found" ? answer.body.subarray(member.start, member.end) : undefined;
  }
}

function shown(bytes: Buffer | undefined): string {
  return bytes === undefined ? "nothing" : JSON.stringify(bytes.toString().slice(0, 200));
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Of one message, or of each of a batch; undefined: not accepted. The API document has the shapes. */
function acceptedIds(answer: {
  readonly id?: string;
  readonly data?: readonly { readonly id?: string }[];
}): readonly (string | undefined)[] {
  return answer.data === undefined ? [answer.id] : answer.data.map(({ id }) => id);
}
