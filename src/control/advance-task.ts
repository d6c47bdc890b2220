import type { ControlWrite } from "./control-write.ts";
import type { TaskProgress } from "./facade.ts";

/** Writes how far a task has come. Does nothing if it has ended already. */
export function advanceTask(
  { store, atMs }: ControlWrite,
  task: number,
  { resent, cursor, status }: TaskProgress,
): void {
  const row = store.backgroundTask(task);
  if (row?.status !== "running") return;
  store.writeRow("background_task", {
    ...row,
    resent: row.resent + resent,
    cursor: cursor ?? row.cursor,
    status,
    updated_at_ms: atMs,
  });
}
