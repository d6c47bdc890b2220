/** What is asked of `control.db`, but for the writes that `ControlStore.writeRow` makes. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { prepareAnswerStatements } from "./answer-statements.ts";
import { prepareTaskStatements } from "./task-statements.ts";

/** Rows that nothing refers to. */
export type ErasableTable =
  | "revoked_token"
  | "signing_secret"
  | "background_task"
  | "endpoint_health";

export function prepareControlStatements(database: DatabaseSync) {
  return {
    append: database.prepare(
      "INSERT INTO ledger (table_name, key, row, at_ms) VALUES (?, ?, ?, ?)",
    ),
    application: database.prepare("SELECT * FROM application WHERE key = ?"),
    applicationByUid: database.prepare(
      "SELECT * FROM application WHERE organization = ? AND uid = ? AND deleted_at_ms IS NULL",
    ),
    applicationById: database.prepare(
      `SELECT * FROM application
       WHERE organization = ? AND id = ? AND deleted_at_ms IS NULL AND purpose IS NULL`,
    ),
    operationalApplication: database.prepare(
      `SELECT * FROM application
       WHERE organization = ? AND purpose = 'operational' AND deleted_at_ms IS NULL`,
    ),
    isAnnounced: database.prepare(
      `SELECT 1 FROM application JOIN endpoint ON endpoint.application = application.key
       WHERE organization = ? AND purpose = 'operational' AND application.deleted_at_ms IS NULL
         AND endpoint.deleted_at_ms IS NULL
         AND (event_types IS NULL OR ? IN (SELECT value FROM json_each(event_types))) LIMIT 1`,
    ),
    stage: database.prepare("INSERT INTO announcement (id, organization, body) VALUES (?, ?, ?)"),
    announcements: database.prepare("SELECT * FROM announcement ORDER BY key LIMIT ?"),
    toldAttempts: database.prepare("SELECT attempt FROM told_attempt ORDER BY job_db"),
    keepToldAttempt: database.prepare(
      "INSERT OR REPLACE INTO told_attempt (job_db, attempt) VALUES (?, ?)",
    ),
    removeAnnouncements: database.prepare("DELETE FROM announcement WHERE key <= ?"),
    endpoint: database.prepare("SELECT * FROM endpoint WHERE key = ?"),
    endpointById: database.prepare(
      "SELECT * FROM endpoint WHERE application = ? AND id = ? AND deleted_at_ms IS NULL",
    ),
    endpoints: database.prepare(
      "SELECT * FROM endpoint WHERE application = ? AND deleted_at_ms IS NULL",
    ),
    endpointPause: database.prepare("SELECT pause FROM endpoint_health WHERE key = ?"),
    erase: prepareEraseStatements(database),
    signingSecrets: database.prepare(
      "SELECT * FROM signing_secret WHERE endpoint = ? ORDER BY key DESC",
    ),
    endpointByUid: database.prepare(
      "SELECT * FROM endpoint WHERE application = ? AND uid = ? AND deleted_at_ms IS NULL",
    ),
    endpointCount: database.prepare(
      "SELECT count(*) AS count FROM endpoint WHERE application = ? AND deleted_at_ms IS NULL",
    ),
    eventTypeByName: database.prepare(
      "SELECT * FROM event_type WHERE organization = ? AND name = ? AND deleted_at_ms IS NULL",
    ),
    apiKeyCount: database.prepare(
      "SELECT count(*) AS count FROM api_key WHERE organization = ? AND deleted_at_ms IS NULL",
    ),
    apiKeyById: database.prepare(
      "SELECT * FROM api_key WHERE id = ? AND organization = ? AND deleted_at_ms IS NULL",
    ),
    revokedToken: database.prepare("SELECT 1 FROM revoked_token WHERE hash = ?"),
    expiredTokens: database.prepare(
      "SELECT key FROM revoked_token WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?",
    ),
    /** Of a table with `AUTOINCREMENT`: the highest that was ever given out. */
    lastKey: database.prepare("SELECT seq FROM sqlite_sequence WHERE name = ?"),
    tasks: prepareTaskStatements(database),
    answers: prepareAnswerStatements(database),
    ledgerAfter: database.prepare("SELECT * FROM ledger WHERE sequence > ? ORDER BY sequence"),
    ledgerAt: database.prepare("SELECT at_ms FROM ledger WHERE sequence = ?"),
  };
}

function prepareEraseStatements(database: DatabaseSync): Record<ErasableTable, StatementSync> {
  return {
    endpoint_health: database.prepare("DELETE FROM endpoint_health WHERE key = ?"),
    signing_secret: database.prepare("DELETE FROM signing_secret WHERE key = ?"),
    revoked_token: database.prepare("DELETE FROM revoked_token WHERE key = ?"),
    background_task: database.prepare("DELETE FROM background_task WHERE key = ?"),
  };
}
