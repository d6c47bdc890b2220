/** How far a JobDb's life has come, and what lies in it: what can be known without opening it again. */
import type { DatabaseSync } from "node:sqlite";
import type { ApplicationKey } from "../../core/ids.ts";
import { selectApplications } from "./message-statements.ts";

export interface JobDbLife {
  /** It takes no more messages, so that their times stay as they are here. */
  readonly sealed: boolean;
  /** Nothing in it is unsettled. A resend can change that. */
  readonly settled: boolean;
  /** Those that have messages in it; empty unless it is sealed. */
  readonly applications: readonly ApplicationKey[];
  /** When its first and its last message were made, Unix milliseconds. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** When its last attempt was recorded, Unix milliseconds; 0: none was. */
  readonly lastAttemptAtMs: number;
  /** Whether any of its messages has an event id. */
  readonly hasEvents: boolean;
}

type LifeRow = Omit<JobDbLife, "sealed" | "settled" | "hasEvents" | "applications"> & {
  readonly sealed: 0 | 1;
  readonly settled: 0 | 1;
  readonly hasEvents: 0 | 1;
};

/** Undefined: it has no messages. */
export function prepareSelectLife(database: DatabaseSync): () => JobDbLife | undefined {
  const statement = database.prepare(
    `SELECT sealed_at_ms IS NOT NULL AS sealed, drained_at_ms IS NOT NULL AS settled,
       (SELECT at_ms FROM message ORDER BY row LIMIT 1) AS firstAtMs,
       (SELECT at_ms FROM message ORDER BY row DESC LIMIT 1) AS lastAtMs,
       coalesce((SELECT at_ms FROM attempt ORDER BY row DESC LIMIT 1), 0) AS lastAttemptAtMs,
       EXISTS (SELECT 1 FROM message INDEXED BY message_event WHERE event_id IS NOT NULL) AS hasEvents
     FROM job_db WHERE EXISTS (SELECT 1 FROM message)`,
  );
  return () => {
    const row = statement.get() as LifeRow | undefined; // the columns of the statement
    if (row === undefined) return undefined;
    const { sealed, settled, hasEvents, ...times } = row;
    return {
      ...times,
      sealed: sealed === 1,
      settled: settled === 1,
      hasEvents: hasEvents === 1,
      applications: sealed === 1 ? selectApplications(database) : [],
    };
  };
}
