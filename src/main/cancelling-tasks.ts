/**
 * The steps of tasks that cancel. Each gives up what waits of some messages after the task's cursor, in the order of acceptance:
 *
 *     messages of which something waits ─▶ the Director cancels it (durable) ─▶ cursor and counts (durable) ─▶ … ─▶ finished
 *
 * What is under way is only tried no more if it fails, and until its outcome is durable a crash forgets that. So the cursor
 * stays behind while there is any such attempt, and the task goes on from a place that is in memory alone; and it is not
 * finished before the last of them has ended. A step that a crash has cut off finds what it had cancelled not waiting any more.
 */
import type { BackgroundTask } from "../control/entities.ts";
import type { ControlWriter } from "../control/facade.ts";
import { assert } from "../core/errors.ts";
import { messageIdOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { History, Queues } from "../director/facade.ts";
import type { Destinations } from "../director/ports.ts";
import { pageQueryOf } from "./task-page.ts";

export interface CancellingTasksOptions {
  readonly reader: Pick<Destinations, "find">;
  readonly writer: Pick<ControlWriter, "advanceTask">;
  readonly history: Pick<History, "waitingMessages">;
  readonly queues: Pick<Queues, "cancelMessages">;
}

export class CancellingTasks {
  readonly #options: CancellingTasksOptions;
  /** The last message that a task has looked at, where its cursor is behind. */
  readonly #reached = new Map<number, string>();

  constructor(options: CancellingTasksOptions) {
    this.#options = options;
  }

  /** False: the task waits for the end of what is under way. */
  async step(task: BackgroundTask): Promise<boolean> {
    const { reader, writer, history, queues } = this.#options;
    const { key, endpoint } = task;
    assert(endpoint !== undefined, "what is cancelled is of an endpoint");
    if (reader.find(endpoint) === undefined) {
      const failed = { status: "failed", failure: "endpoint_deleted" } as const;
      await writer.advanceTask(key, { done: 0, examined: 0, cursor: undefined, ...failed });
      return true;
    }
    const from = this.#reached.get(key) ?? task.cursor;
    const found = await history.waitingMessages(endpoint, pageQueryOf({ ...task, cursor: from }));
    const addresses = found.map(({ address }) => address);
    const { cancelled, ending } = await queues.cancelMessages(endpoint, addresses);
    if (found.length === 0 && ending > 0) return false;
    const last = addresses.at(-1);
    const reached = last === undefined ? from : messageIdOf(last);
    const isSafe = ending === 0;
    const isLast = found.length < limits.taskMessagesTogether;
    await writer.advanceTask(key, {
      done: cancelled,
      examined: found.length,
      cursor: isSafe ? reached : undefined,
      status: isSafe && isLast ? "finished" : "running",
    });
    if (isSafe || reached === undefined) this.#reached.delete(key);
    else this.#reached.set(key, reached);
    return true;
  }

  /** Forgets all tasks but these. */
  retain(running: ReadonlySet<number>): void {
    for (const key of this.#reached.keys()) if (!running.has(key)) this.#reached.delete(key);
  }
}
