/**
 * Carries out background tasks, each step by step through an endpoint's messages in the order of acceptance.
 *
 *     running task ─▶ messages after its cursor ─▶ resends (durable) ─▶ cursor and counts (durable) ─▶ … ─▶ finished
 *          │  └─ too many resends wait for the endpoint ─▶ looked at again later        │
 *          └──────────────── cancelled, or the endpoint deleted: no further step ◀──────┘
 *
 * A step that a crash has cut off is not done twice: what was resent waits or was delivered, and what has failed again
 * meanwhile is known by who asked for its resend. Nothing storms: a resend is a row on disk until its endpoint's queue
 * comes to it, and a task goes on only when few wait. Organisations take turns by the step, and so do the tasks of one.
 */
import { createHash } from "node:crypto";
import type { ControlReader, ControlWriter } from "../control/facade.ts";
import type { BackgroundTask } from "../control/entities.ts";
import { limits } from "../core/limits.ts";
import type { History, Intake, NewResend, StoredMessage } from "../director/facade.ts";
import type { Clock, Destinations, Stoppable } from "../director/ports.ts";
import { DutyLoop } from "./duty-loop.ts";
import { nextTaskPage, type TaskSources } from "./task-page.ts";

export interface TaskRunnerOptions extends TaskSources {
  readonly reader: Pick<ControlReader, "runningTasks" | "subscriptions"> &
    Pick<Destinations, "find">;
  readonly writer: Pick<ControlWriter, "advanceTask">;
  readonly history: TaskSources["history"] & Pick<History, "isResent" | "countWaitingResends">;
  readonly intake: Pick<Intake, "resend">;
  readonly clock: Pick<Clock, "after">;
  /** Told of the first failure after a success. Tasks are tried again, or found by the next start. */
  readonly onFailure: (error: unknown) => void;
}

export class TaskRunner {
  readonly #options: TaskRunnerOptions;
  readonly #loop: DutyLoop;
  /** When each running task had its last step, counted in steps. */
  #turns: ReadonlyMap<number, number> = new Map();
  #steps = 0;
  /** Set while all tasks wait. */
  #waiting: Stoppable | undefined;

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
    this.#loop = new DutyLoop({
      work: () => this.#work(),
      retryMs: limits.taskRetryMs,
      clock: options.clock,
      onFailure: options.onFailure,
    });
  }

  /** There may be a task to carry out. Resolves when all have ended, wait, or have failed for now; never fails. */
  wake(): Promise<void> {
    return this.#loop.wake();
  }

  /** Finishes the step under way. What is left is found by the next start. Never fails. */
  stop(): Promise<void> {
    this.#waiting?.stop();
    return this.#loop.stop();
  }

  async #work(): Promise<void> {
    this.#waiting?.stop();
    while (!this.#loop.stopping) {
      const tasks = this.#options.reader.runningTasks();
      if (tasks.length === 0) return;
      if (await this.#round(tasks)) continue;
      const { clock } = this.#options;
      this.#waiting = clock.after(limits.taskWaitMs, () => void this.wake());
      return;
    }
  }

  /** One step for each organisation. False: all tasks wait. */
  async #round(tasks: readonly BackgroundTask[]): Promise<boolean> {
    let stepped = false;
    for (const own of Map.groupBy(tasks, ({ organization }) => organization).values()) {
      if (this.#loop.stopping) return true;
      if (await this.#stepOne(own)) stepped = true;
    }
    const running = new Set(tasks.map(({ key }) => key));
    this.#turns = new Map([...this.#turns].filter(([key]) => running.has(key)));
    return stepped;
  }

  /** The one whose last step is the longest ago, of those that need not wait. */
  async #stepOne(tasks: readonly BackgroundTask[]): Promise<boolean> {
    const turnOf = ({ key }: BackgroundTask): number => this.#turns.get(key) ?? 0;
    for (const task of tasks.toSorted((left, right) => turnOf(left) - turnOf(right))) {
      if (!(await this.#step(task))) continue;
      this.#steps += 1;
      this.#turns = new Map([...this.#turns, [task.key, this.#steps]]);
      return true;
    }
    return false;
  }

  /** False: the task waits. */
  async #step(task: BackgroundTask): Promise<boolean> {
    const { reader, writer, history, intake } = this.#options;
    const { key, endpoint, cursor } = task;
    const destination = reader.find(endpoint);
    if (destination === undefined) {
      await writer.advanceTask(key, { resent: 0, examined: 0, cursor, status: "failed" });
      return true; // it was deleted
    }
    const most = limits.resendsWaitingMax;
    if ((await history.countWaitingResends(endpoint, most)) >= most) return false;
    const page = await nextTaskPage(task, destination, this.#options);
    const resends = await this.#resendsOf(task, page.messages);
    if (resends.length > 0) await intake.resend(resends);
    await writer.advanceTask(key, {
      resent: resends.length,
      examined: page.examined,
      cursor: page.cursor,
      status: page.isLast ? "finished" : "running",
    });
    return true;
  }

  async #resendsOf(
    { id, endpoint, createdAtMs }: BackgroundTask,
    messages: readonly StoredMessage[],
  ): Promise<readonly NewResend[]> {
    const asker = createHash("sha256").update(id).digest();
    const resends: NewResend[] = [];
    for (const { address: message } of messages) {
      const asked = { message, endpoint, asker, sinceMs: createdAtMs };
      if (await this.#options.history.isResent(asked)) continue;
      resends.push({ message, endpoint, trigger: "scheduled", asker });
    }
    return resends;
  }
}
