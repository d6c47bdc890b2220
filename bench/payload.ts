import { monotonicMs } from "./monotonic.ts";

const opening = '{"at":"';
const instantDigits = 20;

/** Makes payloads of exactly `bytes` bytes that say when they were made, so that a receiver can tell their age. */
export function payloadsOf(bytes: number): () => string {
  const middle = '","padding":"';
  const closing = '"}';
  const padding = bytes - opening.length - instantDigits - middle.length - closing.length;
  const rest = `${middle}${"x".repeat(padding)}${closing}`;
  return () => opening + monotonicMs().toFixed(6).padStart(instantDigits, "0") + rest;
}

/** When a payload was made, in `monotonicMs`, read at its fixed place. */
export function madeAtMsOf(bytes: Buffer, payloadStart: number): number {
  const start = payloadStart + opening.length;
  return Number(bytes.toString("latin1", start, start + instantDigits));
}
