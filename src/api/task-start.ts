/** What the operations that begin a background task have in common. */
import { Type, type TUnsafe } from "typebox";
import type { BackgroundTask, Endpoint, TaskScope } from "../control/entities.ts";
import { taskOutlineOf, type ToldType } from "./background-task.ts";
import { instant, nullable } from "./fields.ts";
import { parseInstantMs } from "./instant.ts";
import type { Answer } from "./once.ts";
import { Problem } from "./problem.ts";

/** Of which messages a task is. */
export const taskSpanFields = {
  since: { ...instant, description: "Of messages made at or after this." },
  until: Type.Optional(
    nullable({ ...instant, description: "Of messages made before this; now, if left out." }),
  ),
};

/** What is told of a task of one of these types when it begins. */
export function taskOutlineFields(types: readonly ToldType[]) {
  const task: TUnsafe<ToldType> = Type.Unsafe({ type: "string", enum: types });
  return {
    id: Type.String({ examples: ["qtask_1srOrx2ZWZBpBUvZwXKQmoEYga2"] }),
    status: Type.Unsafe<"running" | "finished" | "failed">({ type: "string", enum: ["running"] }),
    task,
    updatedAt: instant,
  };
}

export function scopeOf({ application, key }: Endpoint): TaskScope {
  return { application, endpoint: key };
}

export function startedAnswer(task: BackgroundTask): Answer {
  return { status: 202, body: taskOutlineOf(task) };
}

/** @throws Problem if it would end before it begins */
export function taskSpanOf(
  { since, until }: { readonly since: string; readonly until?: string | null },
  nowMs: number,
): Pick<BackgroundTask, "sinceMs" | "untilMs"> {
  const sinceMs = parseInstantMs(since) ?? 0; // the schema has seen to it that it is one
  const untilMs = parseInstantMs(until ?? "") ?? nowMs;
  if (sinceMs < untilMs) return { sinceMs, untilMs };
  const expected = "Expected `since` before `until`, which is now if left out";
  const msg = `${expected}, got ${since} and ${until ?? "no `until`"}. Change one of them.`;
  throw Problem.wrongFields([{ loc: ["body", "since"], msg, type: "value_error" }]);
}
