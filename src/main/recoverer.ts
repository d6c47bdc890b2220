/**
 * Carries out background tasks that send again what has failed at an endpoint: page by page in the order of acceptance, one
 * task after the other.
 *
 *     running task ─▶ failed deliveries after its cursor ─▶ resends (durable) ─▶ cursor and count (durable) ─▶ … ─▶ finished
 *
 * A delivery that is resent is not failed any more, so a page that a crash has cut off is not resent twice: what was,
 * waits or was delivered; what has failed again meanwhile is known by who asked for its resend. Nothing storms: a
 * resend is a row on disk until its endpoint's queue comes to it.
 */
import { createHash } from "node:crypto";
import type { BackgroundTask, ControlReader, ControlWriter } from "../control/facade.ts";
import { messageIdOf, parseMessageId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { DeliveredMessage, History, Intake, NewResend } from "../director/facade.ts";
import type { Clock, Destinations } from "../director/ports.ts";
import { DutyLoop } from "./duty-loop.ts";

export interface RecovererOptions {
  readonly reader: Pick<ControlReader, "runningTasks"> & Destinations;
  readonly writer: Pick<ControlWriter, "advanceTask">;
  readonly history: Pick<History, "deliveriesOfEndpoint" | "isResent">;
  readonly intake: Pick<Intake, "resend">;
  readonly clock: Pick<Clock, "after">;
  /** Told of the first failure after a success. Tasks are tried again, or found by the next start. */
  readonly onFailure: (error: unknown) => void;
}

export class Recoverer {
  readonly #options: RecovererOptions;
  readonly #loop: DutyLoop;

  constructor(options: RecovererOptions) {
    this.#options = options;
    this.#loop = new DutyLoop({
      work: () => this.#work(),
      retryMs: limits.taskRetryMs,
      clock: options.clock,
      onFailure: options.onFailure,
    });
  }

  /** There may be a task to carry out. Resolves when all are finished, or have failed for now; never fails. */
  wake(): Promise<void> {
    return this.#loop.wake();
  }

  /** Finishes the page under way. What is left is found by the next start. Never fails. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #work(): Promise<void> {
    for (const task of this.#options.reader.runningTasks()) await this.#carryOut(task);
  }

  async #carryOut(task: BackgroundTask): Promise<void> {
    let { cursor } = task;
    while (!this.#loop.stopping) {
      if (this.#options.reader.find(task.endpoint) === undefined) {
        await this.#options.writer.advanceTask(task.key, { resent: 0, cursor, status: "failed" });
        return; // it was deleted
      }
      const found = await this.#failedAfter(task, cursor);
      const resends = await this.#resendsOf(task, found);
      if (resends.length > 0) await this.#options.intake.resend(resends);
      const last = found.at(-1);
      cursor = last === undefined ? cursor : messageIdOf(last.address);
      const status = found.length < limits.recoveredTogether ? "finished" : "running";
      await this.#options.writer.advanceTask(task.key, { resent: resends.length, cursor, status });
      if (status === "finished") return;
    }
  }

  #failedAfter(
    { endpoint, sinceMs, untilMs }: BackgroundTask,
    cursor: string | undefined,
  ): Promise<readonly DeliveredMessage[]> {
    return this.#options.history.deliveriesOfEndpoint(endpoint, {
      state: "failed",
      limit: limits.recoveredTogether,
      edge: cursor === undefined ? undefined : parseMessageId(cursor),
      direction: "newer",
      sinceMs,
      untilMs,
      eventTypes: undefined,
      channel: undefined,
      tag: undefined,
    });
  }

  /** What was erased can't be sent again. */
  async #resendsOf(
    { id, endpoint, createdAtMs }: BackgroundTask,
    found: readonly DeliveredMessage[],
  ): Promise<readonly NewResend[]> {
    const asker = createHash("sha256").update(id).digest();
    const resends: NewResend[] = [];
    for (const { address: message, payload } of found) {
      if (payload === undefined) continue;
      const asked = { message, endpoint, asker, sinceMs: createdAtMs };
      if (await this.#options.history.isResent(asked)) continue;
      resends.push({ message, endpoint, trigger: "scheduled", asker });
    }
    return resends;
  }
}
