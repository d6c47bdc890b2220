/**
 * One attempt, as undici's handler of its request:
 *
 *   waiting ──onRequestStart──▶ sent ──onResponseStart──▶ answering ──onResponseEnd, or enough read──▶ settled
 *      └──────────────┴──────────────┴── error, deadline or close ────────────────────────────────────▶ settled
 *
 * It settles exactly once, at the deadline at the latest, wherever undici is with the request. A request can't be taken
 * out of undici's queues, so one that is started after its attempt has settled refuses the start: by throwing, which
 * skips the request and keeps the socket. So nothing is ever sent after the outcome was given.
 *
 * undici repeats nothing that was written: with pipelining 1 and a body in memory a request that fails on a closed
 * keep-alive socket is failed (`onHttpSocketClose` in its lib/dispatcher/client-h1.js), and only one that was never
 * started moves on to a new socket. Its own timeouts are off: a byte now and then, or a flood of interim answers, holds
 * them off for ever.
 */
import { type Dispatcher, errors } from "undici";
import type { Outcome, UnansweredReason } from "../core/delivery.ts";
import { limits } from "../core/limits.ts";
import { parseRetryAfterMs } from "../core/retry-schedule.ts";
import { AnswerExcess } from "./answer-bounds.ts";
import { AnswerPrefix } from "./answer-prefix.ts";
import { StacklessError } from "./stackless-error.ts";
import { unansweredReasonOf } from "./unanswered-reason.ts";

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

const attemptEnded = new StacklessError("the attempt has ended");
const enoughRead = new StacklessError("enough of the answer was read");

export class Attempt implements Dispatcher.DispatchHandler {
  readonly #onSettled: (attempt: Attempt, outcome: Outcome) => void;
  readonly #startedAtMs = performance.now();
  readonly #deadline: NodeJS.Timeout;
  #settled = false;
  #controller: Dispatcher.DispatchController | undefined;
  #answerBegun = false;
  #interimAnswers = 0;
  #statusCode = 0;
  #retryAfterMs: number | undefined;
  #bytesRead = 0;
  readonly #body = new AnswerPrefix();

  /** @param onSettled called once, never from within the constructor */
  constructor(timeoutMs: number, onSettled: (attempt: Attempt, outcome: Outcome) => void) {
    this.#onSettled = onSettled;
    this.#deadline = setTimeout(() => this.fail("timeout"), timeoutMs);
  }

  /** Settles without an answer, if it has not settled, and closes the socket if the request was started. */
  fail(reason: UnansweredReason): void {
    this.#settle({ kind: "unanswered", reason, durationMs: this.#durationMs() });
    this.#controller?.abort(attemptEnded);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled) throw new Error("the attempt has settled: nothing may be sent");
    this.#controller = controller;
  }

  onResponseStarted(): void {
    this.#answerBegun = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Headers,
  ): void {
    if (statusCode < 200) {
      this.#interimAnswers += 1;
      if (this.#interimAnswers > limits.interimAnswersMax) this.fail("protocol");
      return;
    }
    this.#statusCode = statusCode;
    const retryAfter = headers["retry-after"];
    if (retryAfter !== undefined) this.#retryAfterMs = retryAfterMsOf(retryAfter);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#body.append(chunk);
    this.#bytesRead += chunk.length;
    if (this.#bytesRead <= limits.answerBytesRead) return;
    this.#settleAnswered();
    controller.abort(enoughRead);
  }

  onResponseEnd(): void {
    this.#settleAnswered();
  }

  /** An answer that brings too much after its status is one: so it is with too long a body. */
  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#statusCode !== 0 && isExcess(error)) return this.#settleAnswered();
    this.fail(unansweredReasonOf(error, this.#answerBegun));
  }

  #settleAnswered(): void {
    this.#settle({
      kind: "answered",
      statusCode: this.#statusCode,
      body: this.#body.bytes(),
      retryAfterMs: this.#retryAfterMs,
      durationMs: this.#durationMs(),
    });
  }

  #settle(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#deadline);
    this.#onSettled(this, outcome);
  }

  #durationMs(): number {
    return Math.round(performance.now() - this.#startedAtMs);
  }
}

function isExcess(error: Error): boolean {
  return error instanceof AnswerExcess || error instanceof errors.HeadersOverflowError;
}

/** Of several the first counts. */
function retryAfterMsOf(header: string | string[]): number | undefined {
  const text = typeof header === "string" ? header : (header[0] ?? "");
  return parseRetryAfterMs(text, Date.parse(text), Date.now());
}
