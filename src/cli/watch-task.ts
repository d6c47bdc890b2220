import { setTimeout } from "node:timers/promises";
import type { Ask } from "./api-client.ts";
import { filled } from "./api-command.ts";
import { CommandFailure } from "./command-failure.ts";
import { ProgressLine } from "./progress-line.ts";

const pollMs = 1_000;

/** Of the API's background tasks, what is looked at. */
export interface WatchedTask {
  readonly id: string;
  readonly status: "running" | "finished" | "failed";
  readonly data: {
    readonly action: "send" | "cancel";
    readonly messagesSent: number;
    readonly messagesCancelled: number;
    readonly examined: number;
    readonly total: number | null;
    readonly failure: string | null;
  };
}

/** Waits until a background task has ended, and shows meanwhile how far it is. */
export async function watchTask(ask: Ask, id: string): Promise<WatchedTask> {
  const path = filled("/api/v1/background-task/{}", [id]);
  const line = new ProgressLine();
  try {
    for (;;) {
      const task = (await ask({ method: "GET", path })) as WatchedTask; // its schema
      if (task.status !== "running") return task;
      line.show(task.data.examined, task.data.total);
      await setTimeout(pollMs);
    }
  } finally {
    line.end();
  }
}

/** What came of it, in a line. */
export function endText({ id, status, data }: WatchedTask): string {
  const { action, messagesSent, messagesCancelled } = data;
  const done = action === "cancel" ? `${messagesCancelled} given up` : `${messagesSent} sent`;
  return `${id} ${status}: ${done}`;
}

/** @throws CommandFailure if it has failed */
export function assertFinished({ id, status, data }: WatchedTask): void {
  if (status === "failed") throw new CommandFailure("failed", `${id} has failed: ${data.failure}`);
}
