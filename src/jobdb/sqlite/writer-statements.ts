import { preparePurge } from "./purge-statements.ts";
import type { DatabaseSync } from "node:sqlite";
import { prepareInsertAnswer } from "./answer-statements.ts";
import { prepareEraseResponse, prepareInsertAttempts } from "./attempt-statements.ts";
import {
  prepareInsertDeliveries,
  prepareInsertEndpoint,
  prepareSelectEndpoints,
  prepareSelectFirstDelivery,
  prepareSelectFirstRounds,
  prepareSelectUnskipped,
} from "./delivery-statements.ts";
import { prepareSelectDue, prepareSelectNextDue } from "./due-statements.ts";
import {
  prepareEraseExpired,
  prepareErasePayload,
  prepareInsertRetention,
  selectRetentions,
} from "./erasure-statements.ts";
import { prepareSelectJobDb } from "./job-db-statements.ts";
import {
  prepareInsertApplication,
  prepareInsertMessages,
  prepareSelectPayload,
  selectApplications,
} from "./message-statements.ts";
import { prepareInsertResend } from "./resend-statements.ts";
import { prepareSelectRun } from "./run-statements.ts";
import { prepareSelectWaiting } from "./waiting-statements.ts";

/** What a JobDb has rows of, so that each is noted once. */
export function selectHere(database: DatabaseSync) {
  return {
    applications: new Set(selectApplications(database)),
    endpoints: new Set(prepareSelectEndpoints(database)()),
    retentions: new Set(selectRetentions(database)),
  };
}

/** All statements of who owns a JobDb, prepared once. */
export function prepareWriterStatements(database: DatabaseSync, jobDb: number) {
  return {
    selectJobDb: prepareSelectJobDb(database),
    insertMessages: prepareInsertMessages(database),
    insertDeliveries: prepareInsertDeliveries(database),
    insertAttempts: prepareInsertAttempts(database),
    insertAnswer: prepareInsertAnswer(database),
    insertApplication: prepareInsertApplication(database),
    insertEndpoint: prepareInsertEndpoint(database),
    selectEndpoints: prepareSelectEndpoints(database),
    selectFirstDelivery: prepareSelectFirstDelivery(database),
    selectUnskipped: prepareSelectUnskipped(database),
    selectFirstRounds: prepareSelectFirstRounds(database),
    selectRun: prepareSelectRun(database, "unskipped"),
    selectDue: prepareSelectDue(database),
    selectNextDue: prepareSelectNextDue(database),
    selectWaiting: prepareSelectWaiting(database),
    insertResend: prepareInsertResend(database),
    insertRetention: prepareInsertRetention(database),
    erasePayload: prepareErasePayload(database),
    eraseResponse: prepareEraseResponse(database),
    eraseExpired: prepareEraseExpired(database),
    purge: preparePurge(database),
    selectPayload: prepareSelectPayload(database, jobDb),
  };
}
