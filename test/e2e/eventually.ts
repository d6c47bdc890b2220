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
    }
  };
  return within(asking(), 20_000, "a condition");
}
