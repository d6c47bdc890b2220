import { readFileSync } from "node:fs";
import { Client } from "undici";
import { quantile } from "../test/e2e/quantile.ts";
import type { ServerProcess } from "../test/e2e/server-process.ts";
import type { ListingCase } from "./listing-cases.ts";
import type { CaseResult, DepthResult, FirstResult, Times } from "./listing-result.ts";
import type { Spread } from "./throughput-result.ts";

interface Page {
  readonly data: readonly unknown[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
}

const depths = [2, 10, 100, 1000];
const deepest = Math.max(...depths);
const firstRequests = 3;
const warmUps = 5;
const requestsMax = 150;
const requestsMin = 10;
/** What one measurement takes at the most, when it is slow. */
const measureMsMax = 1_000;

/** Asks a server for listings over one connection, one request after the other. */
export class ListingMeter {
  readonly #client: Client;
  readonly #headers: Readonly<Record<string, string>>;

  readonly #pid: number;

  constructor({ address, pid }: Pick<ServerProcess, "address" | "pid">, token: string) {
    this.#client = new Client(address);
    this.#pid = pid;
    this.#headers = { authorization: `Bearer ${token}` };
  }

  async measure({ operation, name, pathOf, isDeep }: ListingCase): Promise<CaseResult> {
    const first = await this.#times(pathOf);
    const { page } = await this.#ask(pathOf(0));
    const deep = isDeep ? await this.#measureDeep(pathOf(0)) : [];
    const [second, last] = [deep.at(0), deep.at(-1)];
    return {
      operation,
      name,
      items: page.data.length,
      first,
      deep,
      growth: second && last ? rounded(last.forward.cpu.p50 / second.forward.cpu.p50) : null,
    };
  }

  /** The first requests of a server for it, without anything to warm up. */
  async measureFirst({ operation, name, pathOf }: ListingCase): Promise<FirstResult> {
    const requests: FirstResult["requests"][number][] = [];
    let items = 0;
    for (let n = 0; n < firstRequests; n += 1) {
      const cpuBeforeMs = this.#readCpuMs();
      const { page, tookMs } = await this.#ask(pathOf(0));
      requests.push({ ms: rounded(tookMs), cpuMs: rounded(this.#readCpuMs() - cpuBeforeMs) });
      items = page.data.length;
    }
    return { operation, name, items, requests };
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** Follows the iterators from the first page on, and measures at some of them. */
  async #measureDeep(path: string): Promise<readonly DepthResult[]> {
    const results: DepthResult[] = [];
    let at = path;
    for (let number = 1; number <= deepest; number += 1) {
      const { page } = await this.#ask(at);
      const next = withIterator(path, page.iterator);
      if (depths.includes(number)) {
        const { page: after } = await this.#ask(next);
        const back = withIterator(path, after.prevIterator);
        results.push({
          page: number,
          forward: await this.#times(constant(at)),
          backward: await this.#times(constant(back)),
        });
      }
      at = next;
    }
    return results;
  }

  async #times(pathOf: (n: number) => string): Promise<Times> {
    for (let n = 0; n < warmUps; n += 1) await this.#ask(pathOf(n));
    const tookMs: number[] = [];
    const cpuMs: number[] = [];
    const untilMs = performance.now() + measureMsMax;
    while (
      tookMs.length < requestsMin ||
      (tookMs.length < requestsMax && performance.now() < untilMs)
    ) {
      const cpuBeforeMs = this.#readCpuMs();
      tookMs.push((await this.#ask(pathOf(warmUps + tookMs.length))).tookMs);
      cpuMs.push(this.#readCpuMs() - cpuBeforeMs);
    }
    return { requests: tookMs.length, ...spreadOf(tookMs), cpu: spreadOf(cpuMs) };
  }

  /** What the thread that answers has used since it began: `schedstat` counts nanoseconds. */
  #readCpuMs(): number {
    const text = readFileSync(`/proc/${this.#pid}/task/${this.#pid}/schedstat`, "utf8");
    return Number(text.split(" ")[0]) / 1e6;
  }

  /** The time is from before the request to the last byte of its answer. */
  async #ask(path: string): Promise<{ readonly page: Page; readonly tookMs: number }> {
    const startedAtMs = performance.now();
    const { statusCode, body } = await this.#client.request({
      method: "GET",
      path: `/api/v1${path}`,
      headers: this.#headers,
    });
    const text = await body.text();
    const tookMs = performance.now() - startedAtMs;
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${text}`);
    return { page: JSON.parse(text) as Page, tookMs };
  }
}

function withIterator(path: string, iterator: string | null): string {
  if (iterator === null) throw new Error(`${path} has too few pages`);
  return `${path}${path.includes("?") ? "&" : "?"}iterator=${iterator}`;
}

function constant(path: string): () => string {
  return () => path;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  return { p50: rounded(quantile(sorted, 0.5)), p99: rounded(quantile(sorted, 0.99)) };
}

/** To a thousandth. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
