/** The one row that says whose file this is, and how far its life has come. */
import type { DatabaseSync } from "node:sqlite";
import { assert } from "../../core/errors.ts";

type JobDbRow = {
  readonly number: number;
  readonly epoch: number;
  /** Null as long as the file takes messages. */
  readonly sealed_at_ms: number | null;
  /** Null as long as something in the file may be unsettled. */
  readonly drained_at_ms: number | null;
};

export function insertJobDb(database: DatabaseSync, number: number, epoch: number): void {
  database
    .prepare("INSERT INTO job_db (number, epoch, created_at_ms) VALUES (?, ?, ?)")
    .run(number, epoch, Date.now());
}

export function prepareSelectJobDb(database: DatabaseSync): () => JobDbRow {
  const statement = database.prepare(
    "SELECT number, epoch, sealed_at_ms, drained_at_ms FROM job_db",
  );
  return () => {
    const row = statement.get();
    assert(row !== undefined, "a JobDb has its row from its first commit on");
    return row as JobDbRow; // the columns of the statement
  };
}

/** Makes the caller the owner. Whoever had it before can't write any more. */
export function updateEpoch(database: DatabaseSync, epoch: number): void {
  database.prepare("UPDATE job_db SET epoch = ?").run(epoch);
}

export function updateSealed(database: DatabaseSync, sealedAtMs: number): void {
  database.prepare("UPDATE job_db SET sealed_at_ms = ?").run(sealedAtMs);
}

/** @param drainedAtMs null takes the mark back */
export function updateDrained(database: DatabaseSync, drainedAtMs: number | null): void {
  database.prepare("UPDATE job_db SET drained_at_ms = ?").run(drainedAtMs);
}
