import type { Outcome } from "../core/delivery.ts";
import { messageIdOf } from "../core/ids.ts";
import { parseTraceparent, type TraceContext } from "../core/trace-context.ts";
import type { AttemptSpan, Random, BareOutcome, StoredPayload } from "./ports.ts";

/** An attempt that is traced, from its start on. */
export type BegunSpan = Omit<AttemptSpan, "outcome">;

/** Undefined: its producer does not trace the message. */
export function beginSpan(
  { address, trace }: StoredPayload,
  of: Pick<AttemptSpan, "endpoint" | "attempt" | "startedAtMs">,
  random: Pick<Random, "nonce">,
): BegunSpan | undefined {
  const parent = trace === undefined ? undefined : parseTraceparent(trace);
  if (parent === undefined) return undefined;
  return { ...of, parent, spanId: spanIdBy(random), messageId: messageIdOf(address) };
}

/** Where the attempt stands in its trace. */
export function contextOf({ parent, spanId }: BegunSpan): TraceContext {
  return { traceId: parent.traceId, spanId };
}

export function endSpan(span: BegunSpan, outcome: Outcome): AttemptSpan {
  return { ...span, outcome: outcomeWithoutBody(outcome) };
}

/** What is told of an attempt to those who watch. */
export function outcomeWithoutBody(outcome: Outcome): BareOutcome {
  const { durationMs } = outcome;
  return outcome.kind === "answered"
    ? { kind: "answered", statusCode: outcome.statusCode, durationMs }
    : { kind: "unanswered", reason: outcome.reason, durationMs };
}

/** 64 bits out of two nonces of 48, and never all zeros. */
function spanIdBy(random: Pick<Random, "nonce">): string {
  const text = `${hexOf(random.nonce())}${hexOf(random.nonce()).slice(0, 4)}`;
  return /^0+$/.test(text) ? `${text.slice(1)}1` : text;
}

function hexOf(nonce: number): string {
  return nonce.toString(16).padStart(12, "0");
}
