import type { DatabaseSync } from "node:sqlite";
import type { Page } from "../../director/facade.ts";
import { schemaVersionOf } from "../../sqlite/migrate.ts";
import { prepareAnswers } from "./answer-statements.ts";
import { prepareSelectAttempt } from "./attempt-statements.ts";
import {
  prepareCountDeliveries,
  prepareSelectDeliveryKeys,
  prepareSelectDeliveryTo,
  prepareSelectRecipients,
} from "./delivery-history-statements.ts";
import { prepareSelectFirstDelivery } from "./delivery-statements.ts";
import {
  prepareSelectEndpointAttemptKeys,
  prepareSelectMessageAttemptKeys,
  prepareSelectMessageKeys,
} from "./history-statements.ts";
import { prepareCountWaitingResends, prepareSelectMissingKeys } from "./replay-statements.ts";
import { prepareIsResent } from "./resend-statements.ts";
import { prepareSelectLife } from "./job-db-life.ts";
import { openJobDbReader } from "./job-db-connection.ts";
import { jobDbMigrations } from "./job-db-migrations.ts";
import {
  prepareSelectEventMessage,
  prepareSelectFirstMessage,
  prepareSelectMessage,
  prepareSelectMessageUnread,
} from "./message-statements.ts";
import { prepareSelectNotableAttempts } from "./notable-attempt-statements.ts";
import { prepareCountWaiting, prepareSelectWaitingKeys } from "./waiting-statements.ts";
import { prepareSelectRun } from "./run-statements.ts";
import { prepareSelectRunValues } from "./run-value-statements.ts";
import {
  prepareFirstRowSince,
  prepareSelectLastRow,
  prepareSelectNonce,
  type TimedTable,
} from "./row-span.ts";

/** A JobDb file open for history. */
export interface HistoryReader {
  readonly statements: ReturnType<typeof prepareStatements>;
  close(): void;
}

/**
 * Undefined if the file is half-made: it holds nothing yet.
 *
 * @throws PosthornError `data_newer`, or what SQLite throws
 */
export function openHistoryReader(path: string, jobDb: number): HistoryReader | undefined {
  const database = openJobDbReader(path);
  if (schemaVersionOf(database, jobDbMigrations, path) === 0) {
    database.close();
    return undefined;
  }
  return { statements: prepareStatements(database, jobDb), close: () => database.close() };
}

/** The tables whose rows are listed. */
export type ListedTable = Exclude<TimedTable, "answer">;

/** Each is prepared when it is first used: preparing all of them takes several times as long as opening the file. */
function prepareStatements(database: DatabaseSync, jobDb: number) {
  return lazily({
    life: () => prepareSelectLife(database),
    answers: () => prepareAnswers(database),
    message: () => prepareSelectMessage(database, jobDb),
    messageUnread: () => prepareSelectMessageUnread(database, jobDb),
    attempt: () => prepareSelectAttempt(database, jobDb),
    eventMessage: () => prepareSelectEventMessage(database),
    firstMessage: () => prepareSelectFirstMessage(database),
    firstDelivery: () => prepareSelectFirstDelivery(database),
    run: () =>
      lazily({
        message: () => prepareSelectRun(database, "message"),
        attempt: () => prepareSelectRun(database, "attempt"),
        delivery: () => prepareSelectRun(database, "delivery"),
      }),
    runValues: () => prepareSelectRunValues(database),
    lastRow: () => forEachTable((table) => prepareSelectLastRow(database, table)),
    nonce: () => forEachTable((table) => prepareSelectNonce(database, table)),
    firstRowSince: () => forEachTable((table) => prepareFirstRowSince(database, table)),
    messageKeys: () =>
      forEachDirection((direction) => prepareSelectMessageKeys(database, direction)),
    endpointAttemptKeys: () =>
      forEachDirection((direction) => prepareSelectEndpointAttemptKeys(database, direction)),
    deliveryKeys: () =>
      forEachDirection((direction) => prepareSelectDeliveryKeys(database, direction)),
    deliveryTo: () => prepareSelectDeliveryTo(database),
    recipients: () =>
      lazily({
        forward: () => prepareSelectRecipients(database, "forward"),
        backward: () => prepareSelectRecipients(database, "backward"),
      }),
    notableAttempts: () => prepareSelectNotableAttempts(database, jobDb),
    countDeliveries: () => prepareCountDeliveries(database),
    waitingKeys: () =>
      forEachDirection((direction) => prepareSelectWaitingKeys(database, direction)),
    countWaiting: () => prepareCountWaiting(database),
    isResent: () => prepareIsResent(database),
    countWaitingResends: () => prepareCountWaitingResends(database),
    missingKeys: () =>
      forEachDirection((direction) => prepareSelectMissingKeys(database, direction)),
    messageAttemptKeys: () =>
      forEachDirection((direction) => prepareSelectMessageAttemptKeys(database, direction)),
  });
}

function forEachTable<Made>(make: (table: ListedTable) => Made): Record<ListedTable, Made> {
  return lazily({ message: () => make("message"), attempt: () => make("attempt") });
}

function forEachDirection<Made>(
  make: (direction: Page["direction"]) => Made,
): Record<Page["direction"], Made> {
  return lazily({ older: () => make("older"), newer: () => make("newer") });
}

/** An object whose values are made when they are first read. */
function lazily<Made extends object>(makers: {
  readonly [Name in keyof Made]: () => Made[Name];
}): Made {
  const made = {} as Made; // gets all of its properties below
  for (const name of Object.keys(makers) as (keyof Made)[])
    // has no other keys
    Object.defineProperty(made, name, {
      configurable: true,
      get: () => {
        const value = makers[name]();
        Object.defineProperty(made, name, { value });
        return value;
      },
    });
  return made;
}
