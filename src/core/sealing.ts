/**
 * When a JobDb has taken enough messages. It is sealed then, and the next one takes them:
 *
 *     continue ──nearly full──▶ prepare (the next one is made, while this one goes on) ──full──▶ seal
 *
 * Full is a soft bound: messages go on into the open JobDb until the next one is there.
 */
import { limits } from "./limits.ts";

/** What one JobDb is to take. */
export interface SealingLimits {
  /** Messages, deliveries and attempts. */
  readonly rowsMax: number;
  /** Bytes of payloads and of stored answers. */
  readonly bytesMax: number;
  /** From the first row on. */
  readonly ageMsMax: number;
}

/** What an open JobDb has taken. */
export interface JobDbSize {
  readonly rows: number;
  readonly bytes: number;
  /** When its first row was committed, Unix milliseconds; undefined: it has none, and is never sealed like that. */
  readonly firstAtMs: number | undefined;
}

export type SealingStep =
  | { readonly kind: "prepare" | "seal" }
  /** To be asked again at `lookAtMs` (Unix milliseconds, infinite if it is empty) and when it has taken more. */
  | { readonly kind: "continue"; readonly lookAtMs: number };

export function sealingStep(
  { rows, bytes, firstAtMs }: JobDbSize,
  { rowsMax, bytesMax, ageMsMax }: SealingLimits,
  nowMs: number,
): SealingStep {
  if (firstAtMs === undefined) return { kind: "continue", lookAtMs: Infinity };
  const fullness = Math.max(rows / rowsMax, bytes / bytesMax, (nowMs - firstAtMs) / ageMsMax);
  if (fullness >= 1) return { kind: "seal" };
  if (fullness >= limits.preparedAtShare) return { kind: "prepare" };
  return { kind: "continue", lookAtMs: firstAtMs + ageMsMax * limits.preparedAtShare };
}
