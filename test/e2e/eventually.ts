import { setImmediate as nextTurn } from "node:timers/promises";
import { within } from "./within.ts";

/** Asks until the condition holds; the program answers from its own disk, so this takes a few turns at most. */
export async function eventually<Result>(
  ask: () => Promise<Result>,
  holds: (result: Result) => boolean,
): Promise<Result> {
  const asking = async (): Promise<Result> => {
    for (;;) {
      const result = await ask();
      if (holds(result)) return result;
      // What is asked may answer without any I/O: the deadline, and what the program writes to this process, need a turn.
      await nextTurn();
    }
  };
  return within(asking(), 20_000, "a condition");
}
