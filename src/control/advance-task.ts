import type { ControlWrite } from "./control-write.ts";
import type { TaskProgress } from "./entities.ts";

/** Writes how far a task has come. One that was cancelled meanwhile stays so, and one that has ended stays as it is. */
export function advanceTask(
  { store, atMs }: ControlWrite,
  task: number,
  progress: TaskProgress,
): void {
  const row = store.backgroundTask(task);
  if (row?.status !== "running" && row?.status !== "cancelled") return;
  const { done, examined, cursor, status } = progress;
  const isCancelled = row.status === "cancelled";
  store.writeRow("background_task", {
    ...row,
    resent: row.resent + done,
    examined: (row.examined ?? 0) + examined,
    cursor: cursor ?? row.cursor,
    status: isCancelled ? row.status : status,
    failure: !isCancelled && progress.status === "failed" ? progress.failure : null,
    updated_at_ms: atMs,
  });
}
