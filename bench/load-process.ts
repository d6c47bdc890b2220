/**
 * The load generator of the benchmark, a process of its own. It gets one task, tells when its window begins and ends
 * (after a warm-up, in which everything runs but nothing is measured), and what came of it.
 */
import { setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";
import { monotonicMs } from "./monotonic.ts";
import { payloadsOf } from "./payload.ts";

export interface LoadTask {
  readonly requests: readonly LoadRequest[];
  readonly headers: Readonly<Record<string, string>>;
  /** Before and after the payload, which makes the body. */
  readonly payloadBytes: number;
  readonly expectedStatus: number;
  readonly pace: Pace;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** One kind of request; they are taken in turn. */
export interface LoadRequest {
  readonly origin: string;
  readonly path: string;
  readonly bodyStart: string;
  readonly bodyEnd: string;
}

/** `closed`: so many at once, the next when one is answered. `open`: so many a second, whatever becomes of them. */
export type Pace =
  | { readonly kind: "closed"; readonly inFlight: number }
  | { readonly kind: "open"; readonly perSecond: number };

export type LoadEvent =
  | { readonly kind: "window-start" }
  | { readonly kind: "window-end" }
  | { readonly kind: "done"; readonly result: LoadResult };

export interface LoadResult {
  /** With the expected status, in the window. */
  readonly answered: number;
  readonly windowMs: number;
  /** From the start of a request to the last byte of its answer, in the window, unsorted. */
  readonly latenciesMs: readonly number[];
  /** With the expected status, from beginning to end. */
  readonly answeredEver: number;
  /** Failed or answered otherwise, from beginning to end. */
  readonly failedEver: number;
  /** How late requests of an open pace were started, in the window, unsorted. */
  readonly latenessMs: readonly number[];
  /** Of this process, in the window. */
  readonly cpuMicros: number;
}

/** An open pace that finds more than this waiting for an answer starts no more until some are answered. */
const openInFlightMax = 10_000;
const tickMs = 1;

class Load {
  readonly #task: LoadTask;
  readonly #payload: () => string;
  readonly #pools: readonly Pool[];
  #next = 0;
  #inFlight = 0;
  #stopping = false;
  #measuring = false;
  readonly #idle = Promise.withResolvers<void>();
  #answered = 0;
  #answeredEver = 0;
  #failedEver = 0;
  readonly #latenciesMs: number[] = [];
  readonly #latenessMs: number[] = [];

  constructor(task: LoadTask) {
    this.#task = task;
    this.#payload = payloadsOf(task.payloadBytes);
    const byOrigin = new Map<string, Pool>();
    const options = { pipelining: 1, allowH2: false, keepAliveTimeout: 60_000 };
    for (const { origin } of task.requests) {
      if (!byOrigin.has(origin)) byOrigin.set(origin, new Pool(origin, options));
    }
    this.#pools = task.requests.flatMap(({ origin }) => byOrigin.get(origin) ?? []);
  }

  async run(tell: (event: LoadEvent) => void): Promise<LoadResult> {
    const { pace, warmUpMs, windowMs } = this.#task;
    const pacing = pace.kind === "closed" ? this.#fill(pace.inFlight) : this.#drip(pace.perSecond);
    await wait(warmUpMs);
    const startedAtMs = monotonicMs();
    const cpuAtStart = process.cpuUsage();
    this.#measuring = true;
    tell({ kind: "window-start" });
    await wait(windowMs);
    this.#measuring = false;
    const measuredMs = monotonicMs() - startedAtMs;
    const cpu = process.cpuUsage(cpuAtStart);
    tell({ kind: "window-end" });
    this.#stopping = true;
    await pacing;
    if (this.#inFlight > 0) await this.#idle.promise;
    await Promise.all(this.#pools.map((pool) => pool.close()));
    return {
      answered: this.#answered,
      windowMs: measuredMs,
      latenciesMs: this.#latenciesMs,
      answeredEver: this.#answeredEver,
      failedEver: this.#failedEver,
      latenessMs: this.#latenessMs,
      cpuMicros: cpu.user + cpu.system,
    };
  }

  async #fill(inFlight: number): Promise<void> {
    for (let index = 0; index < inFlight; index += 1) this.#start(true);
  }

  async #drip(perSecond: number): Promise<void> {
    const startedAtMs = monotonicMs();
    let started = 0;
    while (!this.#stopping) {
      await wait(tickMs);
      const elapsedMs = monotonicMs() - startedAtMs;
      const due = Math.floor((elapsedMs * perSecond) / 1000);
      for (; started < due && this.#inFlight < openInFlightMax; started += 1) {
        if (this.#measuring) this.#latenessMs.push(elapsedMs - (started * 1000) / perSecond);
        this.#start(false);
      }
    }
  }

  /** @param renews whether the next request starts when this one has its answer */
  #start(renews: boolean): void {
    const index = this.#next;
    this.#next = (index + 1) % this.#task.requests.length;
    const request = this.#task.requests[index];
    const pool = this.#pools[index];
    if (request === undefined || pool === undefined) throw new Error("a task without requests");
    this.#inFlight += 1;
    const startedAtMs = monotonicMs();
    let status = 0;
    pool.dispatch(
      {
        path: request.path,
        method: "POST",
        headers: this.#task.headers,
        body: request.bodyStart + this.#payload() + request.bodyEnd,
      },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseData: () => undefined,
        onResponseEnd: () => {
          this.#end(status === this.#task.expectedStatus ? startedAtMs : undefined, renews);
        },
        onResponseError: () => {
          this.#end(undefined, renews);
        },
      },
    );
  }

  /** @param startedAtMs undefined if it failed */
  #end(startedAtMs: number | undefined, renews: boolean): void {
    this.#inFlight -= 1;
    if (startedAtMs === undefined) {
      this.#failedEver += 1;
    } else {
      this.#answeredEver += 1;
      if (this.#measuring) {
        this.#answered += 1;
        this.#latenciesMs.push(monotonicMs() - startedAtMs);
      }
    }
    if (renews && !this.#stopping) this.#start(true);
    else if (this.#stopping && this.#inFlight === 0) this.#idle.resolve();
  }
}

process.once("disconnect", () => {
  process.exit();
});
process.once("message", (task: LoadTask) => {
  const tell = (event: LoadEvent): void => {
    process.send?.(event);
  };
  void new Load(task).run(tell).then((result) => {
    tell({ kind: "done", result });
  });
});
