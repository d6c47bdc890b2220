/** What is recorded of an attempt, or of what takes the place of one. */
import type { Outcome, PendingDelivery, Settlement, Step } from "../core/delivery.ts";
import type { AttemptRow } from "../core/message.ts";
import type { NewAttempt } from "./commit-loop.ts";

/** @param made where it went or would have gone, what follows from it, and what was answered */
export function attemptRowOf(
  { delivery, endpoint, round, attempt: number, trigger }: PendingDelivery,
  { url, step, answer }: { readonly url: string; readonly step: Step; readonly answer: Answer },
): NewAttempt["attempt"] {
  const settlement = settlementOf(step);
  const retryAtMs = step.kind === "retry" ? step.atMs : undefined;
  return { delivery, endpoint, round, number, trigger, url, ...answer, settlement, retryAtMs };
}

function settlementOf(step: Step): Settlement | undefined {
  return step.kind === "settle" ? step.settlement : undefined;
}

const unansweredTexts = {
  timeout: "No complete answer before the deadline.",
  connection: "Could not connect to the endpoint, or it closed the connection.",
  certificate: "The endpoint's TLS certificate was not accepted.",
  "certificate-expired": "The endpoint's TLS certificate has expired.",
  "certificate-not-yet-valid": "The endpoint's TLS certificate is not valid yet.",
  "certificate-other-name": "The endpoint's TLS certificate is for another host name.",
  "certificate-self-signed": "The endpoint's TLS certificate is self-signed.",
  "certificate-unknown-authority":
    "The endpoint's TLS certificate is of an authority that is not trusted, or an intermediate certificate is missing.",
  "client-certificate": "The endpoint did not accept our TLS client certificate, or wants one.",
  handshake: "The TLS handshake with the endpoint failed.",
  "unreadable-secret": "Not sent: a secret of the endpoint can't be read on the server.",
  protocol: "What the endpoint sent back was not a valid HTTP answer, or too large.",
} as const satisfies Record<(Outcome & { kind: "unanswered" })["reason"], string>;

const notSentTexts = {
  erased: "Not sent: the message's payload was erased before.",
  damaged: "Not sent: the message's payload is not what was stored, as the disk has altered it.",
  cancelled: "Not sent: it was cancelled by request.",
  quarantined:
    "Not sent: the server has ended again and again while it handled this message, so it is given up on.",
} as const;

export type WhyNotSent = keyof typeof notSentTexts;

/** What is recorded of the endpoint's answer. */
export type Answer = Pick<AttemptRow, "statusCode" | "durationMs" | "response">;

export function answerOf(outcome: Outcome): Answer {
  const { durationMs } = outcome;
  return outcome.kind === "answered"
    ? { statusCode: outcome.statusCode, durationMs, response: outcome.body }
    : { statusCode: 0, durationMs, response: asciiOf(unansweredTexts[outcome.reason]) };
}

/** In place of an answer, when nothing was sent. */
export function notSent(why: WhyNotSent): Answer {
  return { statusCode: 0, durationMs: 0, response: asciiOf(notSentTexts[why]) };
}

function asciiOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
