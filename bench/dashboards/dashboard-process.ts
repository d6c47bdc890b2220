/**
 * Open dashboards, a process of their own: each reads the overview's stream, and has an endpoint's page open that asks for
 * what it shows as often as the page does. Told how many there are to be, it answers when all of them have had something to
 * show, and with what they read since it was last told.
 */
import { setTimeout as wait } from "node:timers/promises";

export interface DashboardTask {
  readonly address: string;
  readonly token: string;
  /** Paths of what an endpoint's page asks for. */
  readonly paths: readonly string[];
  /** As the page asks (dashboard/src/api/resources.ts). */
  readonly refreshMs: number;
}

/** What was read. */
export interface DashboardReport {
  readonly overviews: number;
  readonly answers: number;
  readonly bytes: number;
}

class Dashboards {
  readonly #task: DashboardTask;
  #open: { readonly abort: AbortController; readonly done: readonly Promise<void>[] } | undefined;
  #read = { overviews: 0, answers: 0, bytes: 0 };

  constructor(task: DashboardTask) {
    this.#task = task;
  }

  async become(count: number): Promise<DashboardReport> {
    this.#open?.abort.abort();
    await Promise.all(this.#open?.done ?? []);
    const report = this.#read;
    this.#read = { overviews: 0, answers: 0, bytes: 0 };
    const abort = new AbortController();
    const shown = Array.from({ length: count }, () => Promise.withResolvers<void>());
    const done = shown.map(({ resolve }) => this.#show(abort.signal, resolve));
    this.#open = { abort, done };
    await Promise.all(shown.map(({ promise }) => promise));
    return report;
  }

  async #show(signal: AbortSignal, onShown: () => void): Promise<void> {
    try {
      await Promise.all([this.#watch(signal, onShown), this.#poll(signal)]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #watch(signal: AbortSignal, onShown: () => void): Promise<void> {
    const { body } = await this.#ask("/api/v1/overview/stream", signal);
    if (body === null) throw new Error("a stream without a body");
    for await (const chunk of body) {
      this.#read.overviews += 1;
      this.#read.bytes += chunk.length;
      onShown();
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    for (;;) {
      for (const path of this.#task.paths) {
        const answer = await this.#ask(path, signal);
        this.#read.bytes += (await answer.bytes()).length;
        this.#read.answers += 1;
      }
      await wait(this.#task.refreshMs, undefined, { signal });
    }
  }

  async #ask(path: string, signal: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#task.token}` };
    const answer = await fetch(`${this.#task.address}${path}`, { headers, signal });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer;
  }
}

process.once("disconnect", () => {
  process.exit();
});
process.once("message", (task: DashboardTask) => {
  const dashboards = new Dashboards(task);
  process.on("message", (count: number) => {
    void dashboards.become(count).then((report) => process.send?.(report));
  });
});
