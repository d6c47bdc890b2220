/**
 * Sends spans of attempts to a collector, by OTLP/HTTP. What waits is bounded, and what a collector doesn't take is gone: traces
 * never hold up a delivery.
 *
 * Its address is the operator's, so it is not guarded as those of endpoints are, which customers give; redirects are not
 * followed.
 *
 * Rejected: OpenTelemetry's SDK and exporter (10 packages, 20 MB). They make spans in the thread and at the time of what is
 * traced; ours come from other threads when they have ended, and what would be left is to write them as JSON.
 */
import { limits } from "../core/limits.ts";
import type { AttemptSpan, Clock, Stoppable } from "../director/ports.ts";
import { otlpRequestOf } from "./otlp-spans.ts";

export interface TraceExporterOptions {
  /** Of the collector, path included: such as `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, "after">;
  /** Told of the first failure after a success. */
  readonly onFailure: (error: unknown) => void;
}

export class TraceExporter {
  readonly #options: TraceExporterOptions;
  readonly #waiting: AttemptSpan[] = [];
  #timer: Stoppable | undefined;
  #sending: Promise<void> | undefined;
  #failing = false;
  exported = 0;
  /** Not taken by the collector, or too many at once. */
  dropped = 0;

  constructor(options: TraceExporterOptions) {
    this.#options = options;
  }

  add(spans: readonly AttemptSpan[]): void {
    const room = Math.max(0, limits.spansWaitingMax - this.#waiting.length);
    this.#waiting.push(...spans.slice(0, room));
    this.dropped += Math.max(0, spans.length - room);
    if (this.#waiting.length >= limits.spansPerRequest) this.#send();
    else this.#timer ??= this.#options.clock.after(limits.spansWaitMs, () => this.#send());
  }

  /** Sends what waits, and resolves when that has ended. */
  async stop(): Promise<void> {
    this.#timer?.stop();
    await this.#sending;
    this.#send();
    await this.#sending;
  }

  #send(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    this.#sending ??= this.#run().finally(() => (this.#sending = undefined));
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const spans = this.#waiting.splice(0, limits.spansPerRequest);
      try {
        await this.#post(spans);
        this.exported += spans.length;
        this.#failing = false;
      } catch (error) {
        this.dropped += spans.length;
        if (!this.#failing) this.#options.onFailure(error);
        this.#failing = true;
      }
    }
  }

  async #post(spans: readonly AttemptSpan[]): Promise<void> {
    const { url, headers } = this.#options;
    const answer = await fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(otlpRequestOf(spans)),
      redirect: "manual",
      signal: AbortSignal.timeout(limits.spansRequestTimeoutMs),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`the collector answered ${answer.status}`);
  }
}
