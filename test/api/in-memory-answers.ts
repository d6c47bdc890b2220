import type { ControlWriter, OnceKey } from "../../src/control/facade.ts";
import { onceWriterBy } from "../../src/control/once-call.ts";
import type { OnceCall } from "../../src/control/control-call.ts";

type OnceMethods = Pick<ControlWriter, "once" | "keptResult">;

/** The part of a control writer in memory that keeps results, for ever; `writerOf` gives the rest. */
export function inMemoryAnswers(
  writerOf: () => Omit<ControlWriter, keyof OnceMethods>,
): OnceMethods {
  const kept = new Map<string, unknown>();
  const nameOf = (key: OnceKey): string => Buffer.from(key.hash).toString("hex");
  return {
    once: (key) =>
      onceWriterBy(async <Result>(call: OnceCall) => {
        const name = nameOf(key);
        const result = kept.has(name) ? kept.get(name) : await perform(writerOf(), call);
        if (result !== false) kept.set(name, structuredClone(result));
        return result as Result; // what the method of this name returns
      }),
    keptResult: async (key) => {
      const name = nameOf(key);
      return kept.has(name) ? { result: structuredClone(kept.get(name)) } : undefined;
    },
  };
}

async function perform(
  writer: Omit<ControlWriter, keyof OnceMethods>,
  call: OnceCall,
): Promise<unknown> {
  if (call.method === "keep") return call.values[0];
  const method = writer[call.method] as (...values: readonly unknown[]) => Promise<unknown>; // its own values, by OnceCall
  return method(...call.values);
}
