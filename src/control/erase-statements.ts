import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Tables whose rows nothing refers to, so that they can be taken out for good. */
export type ErasableTable =
  | "revoked_token"
  | "signing_secret"
  | "background_task"
  | "endpoint_health";

export function prepareEraseStatements(
  database: DatabaseSync,
): Record<ErasableTable, StatementSync> {
  return {
    endpoint_health: database.prepare("DELETE FROM endpoint_health WHERE key = ?"),
    signing_secret: database.prepare("DELETE FROM signing_secret WHERE key = ?"),
    revoked_token: database.prepare("DELETE FROM revoked_token WHERE key = ?"),
    background_task: database.prepare("DELETE FROM background_task WHERE key = ?"),
  };
}
