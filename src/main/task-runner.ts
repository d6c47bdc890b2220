/**
 * Carries out background tasks, each step by step through messages in the order of acceptance.
 *
 *     running task ─▶ messages after its cursor ─▶ resends (durable) ─▶ cursor and counts (durable) ─▶ … ─▶ finished
 *          │  └─ too many resends wait for the endpoint ─▶ looked at again later        │
 *          └──────────────── cancelled, or the endpoint deleted: no further step ◀──────┘
 *
 * A step that a crash has cut off is not done twice: what was resent waits or was delivered, and what has failed again
 * meanwhile is known by who asked for its resend. Nothing storms: a resend is a row on disk until its endpoint's queue
 * comes to it, and a task goes on only when few wait. Organisations take turns by the step, and so do the tasks of one.
 * What cancels instead of sending has steps of its own (cancelling-tasks.ts).
 */
import { createHash } from "node:crypto";
import type { ControlReader, ControlWriter } from "../control/facade.ts";
import type { BackgroundTask } from "../control/entities.ts";
import { limits } from "../core/limits.ts";
import type { EndpointKey } from "../core/ids.ts";
import type { History, Intake, NewResend, Queues } from "../director/facade.ts";
import type { Clock, Stoppable } from "../director/ports.ts";
import { CancellingTasks } from "./cancelling-tasks.ts";
import { DutyLoop } from "./duty-loop.ts";
import type { Restorer } from "./restorer.ts";
import { nextTaskPage, type Sending, type TaskSources } from "./task-page.ts";

export interface TaskRunnerOptions extends TaskSources {
  readonly reader: TaskSources["reader"] & Pick<ControlReader, "runningTasks">;
  readonly writer: Pick<ControlWriter, "advanceTask">;
  readonly history: TaskSources["history"] &
    Pick<History, "isResent" | "countWaitingResends" | "waitingMessages">;
  readonly intake: Pick<Intake, "resend">;
  readonly queues: Pick<Queues, "cancelMessages">;
  readonly restorer: TaskSources["restorer"] & Pick<Restorer, "retain">;
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
  /** The endpoint that a task waits for. */
  readonly #waitingFor = new Map<number, EndpointKey>();
  readonly #cancelling: CancellingTasks;
  /** Set while all tasks wait. */
  #waiting: Stoppable | undefined;

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
    this.#cancelling = new CancellingTasks(options);
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
      this.#retain(new Set(tasks.map(({ key }) => key)));
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
    return stepped;
  }

  #retain(running: ReadonlySet<number>): void {
    this.#turns = new Map([...this.#turns].filter(([key]) => running.has(key)));
    for (const key of this.#waitingFor.keys()) if (!running.has(key)) this.#waitingFor.delete(key);
    this.#options.restorer.retain(running);
    this.#cancelling.retain(running);
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
    const { writer, intake } = this.#options;
    const { key, endpoint, cursor } = task;
    if (task.type === "endpoint.cancel") return this.#cancelling.step(task);
    const known = this.#waitingFor.get(key) ?? endpoint;
    if (known !== undefined && (await this.#isAnyFull(task, [known]))) return false;
    const next = await nextTaskPage(task, this.#options);
    if (next.kind === "waits") return false;
    if (next.kind === "failed") {
      const { failure } = next;
      await writer.advanceTask(key, { done: 0, examined: 0, cursor, status: "failed", failure });
      return true;
    }
    const endpoints = new Set(next.sendings.map((sending) => sending.endpoint));
    if (endpoint === undefined && (await this.#isAnyFull(task, endpoints))) return false;
    const resends = await this.#resendsOf(task, next.sendings);
    if (resends.length > 0) await intake.resend(resends);
    await writer.advanceTask(key, {
      done: resends.length,
      examined: next.examined,
      cursor: next.cursor,
      status: next.isLast ? "finished" : "running",
    });
    return true;
  }

  /** Whether one of these has so many resends that have not begun that the task waits for it. */
  async #isAnyFull({ key }: BackgroundTask, endpoints: Iterable<EndpointKey>): Promise<boolean> {
    const most = limits.resendsWaitingMax;
    for (const endpoint of endpoints) {
      const waiting = await this.#options.history.countWaitingResends(endpoint, most);
      if (waiting < most) continue;
      this.#waitingFor.set(key, endpoint);
      return true;
    }
    this.#waitingFor.delete(key);
    return false;
  }

  async #resendsOf(
    { id, createdAtMs }: BackgroundTask,
    sendings: readonly Sending[],
  ): Promise<readonly NewResend[]> {
    const asker = createHash("sha256").update(id).digest();
    const resends: NewResend[] = [];
    for (const { message, endpoint } of sendings) {
      const asked = { message, endpoint, asker, sinceMs: createdAtMs };
      if (await this.#options.history.isResent(asked)) continue;
      resends.push({ message, endpoint, trigger: "scheduled", asker });
    }
    return resends;
  }
}
