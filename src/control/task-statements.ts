import type { DatabaseSync } from "node:sqlite";

/** What the system of record is asked of background tasks. */
export function prepareTaskStatements(database: DatabaseSync) {
  return {
    task: database.prepare("SELECT * FROM background_task WHERE key = ?"),
    taskById: database.prepare("SELECT * FROM background_task WHERE id = ? AND organization = ?"),
    runningCount: database.prepare(
      "SELECT count(*) AS count FROM background_task WHERE organization = ? AND status = 'running'",
    ),
    ended: database.prepare(
      "SELECT key FROM background_task WHERE status <> 'running' AND updated_at_ms < ? LIMIT ?",
    ),
  };
}
