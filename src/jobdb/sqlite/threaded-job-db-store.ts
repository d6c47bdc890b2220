import { once } from "node:events";
import { type Transferable, Worker } from "node:worker_threads";
import type { DeliveryNumber } from "../../core/delivery.ts";
import { PosthornError, uncarryError } from "../../core/errors.ts";
import type { EndpointKey } from "../../core/ids.ts";
import { buffersOf } from "../../core/packed-rows.ts";
import { threadFileOf } from "../../core/thread-file.ts";
import type {
  Commit,
  DueCursor,
  DueDelivery,
  DuePage,
  Erasure,
  FirstRoundsPage,
  JobDb,
  JobDbStore,
  StoredPayload,
  UnattemptedPage,
  Purge,
  PurgedPage,
} from "../../director/ports.ts";
import type {
  Answer,
  Arguments,
  Call,
  CallName,
  JobDbHead,
  JobDbThreadOptions,
  PackedPayloads,
  Reply,
  Request,
} from "./job-db-protocol.ts";
import { packCommit } from "./packed-commit.ts";

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: PosthornError) => void;
}

/**
 * JobDbs in a thread of their own, so that a commit's fsync blocks nobody. If the thread dies, everything under way and
 * every later call fails with `thread_died`, or `jobdb_failed` if it has ended by itself.
 */
export class ThreadedJobDbStore implements JobDbStore {
  readonly #worker: Worker;
  readonly #folder: string;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  readonly #onCommitted: (tookMs: number) => void;
  /** What every new call fails with. */
  #refusal: PosthornError | undefined;
  #closed: Promise<void> | undefined;

  /** @param onCommitted is told how long each commit took, the way to the thread and back included */
  constructor(options: JobDbThreadOptions, onCommitted: (tookMs: number) => void = () => {}) {
    this.#onCommitted = onCommitted;
    this.#folder = options.folder;
    const entry = threadFileOf("job-db-thread", import.meta.url);
    this.#worker = new Worker(new URL(entry, import.meta.url), {
      name: "jobdb",
      workerData: options,
    });
    this.#worker.on("message", (reply: Reply) => this.#settle(reply));
    this.#worker.on("error", (error) => this.#die(error));
    this.#worker.on("exit", () => this.#die(undefined));
  }

  async unsettled(): Promise<readonly JobDb[]> {
    const heads = await this.#ask("unsettled", {});
    return heads.map((head) => this.#jobDbOf(head));
  }

  async create(): Promise<JobDb> {
    return this.#jobDbOf(await this.#ask("create", {}));
  }

  async expiring(untilMs: number): Promise<readonly number[]> {
    return this.#ask("expiring", { untilMs });
  }

  async open(number: number): Promise<JobDb | undefined> {
    const head = await this.#ask("open", { jobDb: number });
    return head === undefined ? undefined : this.#jobDbOf(head);
  }

  async release(number: number): Promise<void> {
    return this.#ask("release", { jobDb: number });
  }

  async drop(number: number): Promise<boolean> {
    return this.#ask("drop", { jobDb: number });
  }

  async close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  #jobDbOf(head: JobDbHead): JobDb {
    return new ThreadedJobDb(head, this.#ask, this.#onCommitted);
  }

  async #close(): Promise<void> {
    if (this.#refusal !== undefined) return;
    const exited = once(this.#worker, "exit");
    const closed = this.#ask("close", {});
    this.#refusal = new PosthornError("shutting_down", "the JobDbs are closed");
    await Promise.all([closed, exited]);
  }

  readonly #ask: Ask = async (name, asked, transfer = []) => {
    if (this.#refusal !== undefined) throw this.#refusal;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, { resolve, reject });
    const call = { name, ...asked } as Call; // a name with its own arguments, by Ask
    this.#worker.postMessage({ id: this.#lastId, call } satisfies Request, transfer);
    return promise as Promise<Answer<typeof name>>; // the thread answers by the name of the call
  };

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.error === undefined) waiting?.resolve(reply.answer);
    else waiting?.reject(uncarryError(reply.error, "jobdb_failed"));
  }

  #die(error: unknown): void {
    const reason = error instanceof Error ? error.message : "it has ended";
    const failure = new PosthornError(
      error === undefined ? "jobdb_failed" : "thread_died",
      `the thread of the JobDbs in ${this.#folder} is gone: ${reason}`,
      { cause: error },
    );
    this.#refusal ??= failure;
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
  }
}

type Ask = <Name extends CallName>(
  name: Name,
  asked: Arguments<Name>,
  transfer?: readonly Transferable[],
) => Promise<Answer<Name>>;

/** A JobDb in the other thread. */
class ThreadedJobDb implements JobDb {
  readonly number: number;
  readonly lastMessageRow: number;
  readonly lastAttemptRow: number;
  readonly #ask: Ask;
  readonly #onCommitted: (tookMs: number) => void;

  constructor(head: JobDbHead, ask: Ask, onCommitted: (tookMs: number) => void) {
    this.number = head.number;
    this.lastMessageRow = head.lastMessageRow;
    this.lastAttemptRow = head.lastAttemptRow;
    this.#ask = ask;
    this.#onCommitted = onCommitted;
  }

  async commit(commit: Commit): Promise<void> {
    const beganAtMs = performance.now();
    const packed = packCommit(commit);
    await this.#ask("commit", { jobDb: this.number, commit: packed }, buffersOf(packed.rows));
    this.#onCommitted(performance.now() - beganAtMs);
  }

  async endpoints(): Promise<readonly EndpointKey[]> {
    return this.#ask("endpoints", { jobDb: this.number });
  }

  async unattempted(
    endpoint: EndpointKey,
    after: DeliveryNumber,
    rowsMax: number,
  ): Promise<UnattemptedPage> {
    return this.#ask("unattempted", { jobDb: this.number, endpoint, after, rowsMax });
  }

  async firstRounds(
    endpoint: EndpointKey,
    after: DeliveryNumber,
    rowsMax: number,
  ): Promise<FirstRoundsPage> {
    return this.#ask("firstRounds", { jobDb: this.number, endpoint, after, rowsMax });
  }

  async due(
    endpoint: EndpointKey,
    after: DueCursor,
    untilMs: number,
    rowsMax: number,
  ): Promise<DuePage> {
    return this.#ask("due", { jobDb: this.number, endpoint, after, untilMs, rowsMax });
  }

  async waiting(
    endpoint: EndpointKey,
    messageRows: readonly number[],
  ): Promise<readonly DueDelivery[]> {
    return this.#ask("waiting", { jobDb: this.number, endpoint, messageRows });
  }

  async payloads(messageRows: readonly number[]): Promise<readonly StoredPayload[]> {
    return unpackPayloads(await this.#ask("payloads", { jobDb: this.number, messageRows }));
  }

  async erasePayload(messageRow: number): Promise<void> {
    return this.#ask("erasePayload", { jobDb: this.number, messageRow });
  }

  async eraseResponse(attemptRow: number): Promise<void> {
    return this.#ask("eraseResponse", { jobDb: this.number, attemptRow });
  }

  async purge(purge: Purge): Promise<PurgedPage> {
    return this.#ask("purge", { jobDb: this.number, purge });
  }

  async eraseExpired(nowMs: number, rowsMax: number): Promise<Erasure> {
    return this.#ask("eraseExpired", { jobDb: this.number, nowMs, rowsMax });
  }

  async seal(): Promise<void> {
    return this.#ask("seal", { jobDb: this.number });
  }

  async markDrained(): Promise<void> {
    return this.#ask("markDrained", { jobDb: this.number });
  }
}

function unpackPayloads({ payloads, bytes }: PackedPayloads): readonly StoredPayload[] {
  let end = 0;
  return payloads.map(({ address, eventType, trace, length }) => {
    if (typeof length === "string") return { address, eventType, payload: length };
    end += length;
    const stored = { address, eventType, payload: bytes.subarray(end - length, end) };
    return trace === undefined ? stored : { ...stored, trace };
  });
}
