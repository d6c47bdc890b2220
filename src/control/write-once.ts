import { limits } from "../core/limits.ts";
import type { ControlWrite } from "./control-write.ts";
import type { KeptResult, OnceKey } from "./facade.ts";
import { openAnswer, sealAnswer } from "./sealed-answer.ts";

/**
 * The result that is kept for the key; else makes the change and keeps its result, but for false. Also erases some that
 * nobody is given any more.
 */
export function writeOnce(write: ControlWrite, key: OnceKey, change: () => unknown): unknown {
  const kept = keptResult(write, key);
  if (kept !== undefined) return kept.result;
  const result = change();
  if (result === false) return result;
  const { store, atMs, randomBytes } = write;
  store.eraseAnswers(atMs - limits.answersKeptMs, limits.answersErasedPerWrite);
  const sealed = sealAnswer(key, result, randomBytes);
  store.keepAnswer({ hash: key.hash, at_ms: atMs, sealed });
  return result;
}

export function keptResult(
  { store, atMs }: Pick<ControlWrite, "store" | "atMs">,
  key: OnceKey,
): KeptResult | undefined {
  const row = store.answer(key.hash, atMs - limits.answersKeptMs);
  return row === undefined ? undefined : { result: openAnswer(key, row.sealed) };
}
