import type { ControlWriter, OnceKey } from "../../src/control/facade.ts";
import { auditedWriterBy } from "../../src/control/asked-write.ts";
import type { AskedWrite } from "../../src/control/control-call.ts";

type AuditedMethods = Pick<ControlWriter, "audited" | "keptResult">;

/** The part of a control writer in memory that keeps results, for ever, and no audit log; `writerOf` gives the rest. */
export function inMemoryAnswers(
  writerOf: () => Omit<ControlWriter, keyof AuditedMethods>,
): AuditedMethods {
  const kept = new Map<string, unknown>();
  const nameOf = (key: OnceKey): string => Buffer.from(key.hash).toString("hex");
  const write = async (asked: AskedWrite, key: OnceKey | undefined): Promise<unknown> => {
    if (key === undefined) return perform(writerOf(), asked);
    const name = nameOf(key);
    const result = kept.has(name) ? kept.get(name) : await perform(writerOf(), asked);
    if (result !== false) kept.set(name, structuredClone(result));
    return result;
  };
  return {
    audited: () =>
      auditedWriterBy(async <Result>(asked: AskedWrite, key?: OnceKey) => {
        return (await write(asked, key)) as Result; // what the method of this name returns
      }),
    keptResult: async (key) => {
      const name = nameOf(key);
      return kept.has(name) ? { result: structuredClone(kept.get(name)) } : undefined;
    },
  };
}

async function perform(
  writer: Omit<ControlWriter, keyof AuditedMethods>,
  asked: AskedWrite,
): Promise<unknown> {
  if (asked.method === "keep") return asked.values[0];
  if (asked.method === "record") return undefined;
  if (asked.method === "startErasure") return false;
  const method = writer[asked.method] as (...values: readonly unknown[]) => Promise<unknown>; // its own values, by AskedWrite
  return method(...asked.values);
}
