import type { ControlWrite } from "./control-write.ts";
import type { TaskProgress } from "./entities.ts";

/** Writes how far a task has come. One that was cancelled meanwhile stays so, and one that has ended stays as it is. */
export function advanceTask(
  { store, atMs }: ControlWrite,
  task: number,
  { resent, examined, cursor, status }: TaskProgress,
): void {
  const row = store.backgroundTask(task);
  if (row?.status !== "running" && row?.status !== "cancelled") return;
  store.writeRow("background_task", {
    ...row,
    resent: row.resent + resent,
    examined: (row.examined ?? 0) + examined,
    cursor: cursor ?? row.cursor,
    status: row.status === "cancelled" ? row.status : status,
    updated_at_ms: atMs,
  });
}
