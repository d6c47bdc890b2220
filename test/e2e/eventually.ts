import { setImmediate as nextTurn } from "node:timers/promises";
import { within } from "./within.ts";

/** Asks until the condition holds; the program answers from its own disk, so this takes a few turns at most. */
export async function eventually<Result>(
  ask: () => Promise<Result>,
  holds: (result: Result) => boolean,
): Promise<Result> {
  const over = new AbortController();
  const asking = async (): Promise<Result> => {
    // To ask on when nobody waits any more would keep the process from ending.
    while (!over.signal.aborted) {
      const result = await ask();
      if (holds(result)) return result;
      // What is asked may answer without any I/O: the deadline, and what the program writes to this process, need a turn.
      await nextTurn();
    }
    throw new Error("the condition did not hold in time");
  };
  try {
    return await within(asking(), 20_000, "a condition");
  } finally {
    over.abort();
  }
}
