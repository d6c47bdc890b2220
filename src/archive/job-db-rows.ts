/**
 * All rows of a JobDb in the order in which they are archived: what belongs to a message follows it.
 *
 *     job_db, then for each message: it, its deliveries, and after each of these its attempts and its resends;
 *     then application_here, endpoint_here, retention_here
 *
 * Rows are taken as they are, column by column, so that a column of a later schema is archived without anybody thinking of it.
 * They are read in small pages, each to its end: a statement that stays open would hold up the JobDb's checkpoints.
 */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { deliveryNumberOf } from "../core/delivery.ts";
import { type DeliveryState, deliveryStateOf } from "../core/delivery-state.ts";
import { assert } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { settlementCodeOf } from "../jobdb/sqlite/stored-codes.ts";
import type { ArchiveKind } from "../director/archives.ts";

/** The archived tables, with the integer that tells their rows apart. */
const keyColumns = {
  job_db: "number",
  message: "row",
  delivery: "number",
  attempt: "row",
  resend: "row",
  application_here: "application",
  endpoint_here: "endpoint",
  retention_here: "days",
} as const;

export type ArchivedTable = keyof typeof keyColumns;
export const archivedTables = Object.keys(keyColumns) as readonly ArchivedTable[]; // its keys

/** Not archived: nobody is given an answer after 12 hours, and what they hold is sealed secrets. */
export const unarchivedTables: readonly string[] = ["answer"];

export type Columns = Readonly<Record<string, SQLOutputValue>>;

export interface StoredRow {
  readonly table: ArchivedTable;
  readonly columns: Columns;
}

/** A row as it is in the JobDb. */
export interface JobDbRow extends StoredRow {
  /** Of a delivery: where it stands, as all of a drained JobDb are settled. */
  readonly state: Exclude<DeliveryState, "waiting"> | undefined;
}

/** @param kind `undelivered`: of the messages only those with a delivery that failed, with everything that belongs to them */
export function* jobDbRows(database: DatabaseSync, kind: ArchiveKind): Generator<JobDbRow> {
  const statements = prepareStatements(database);
  yield* rowsOf(statements, "job_db");
  for (let row = statements.nextMessage(0); row !== undefined; row = statements.nextMessage(row)) {
    if (kind === "history" || hasFailed(statements, row)) yield* rowsOfMessage(statements, row);
  }
  yield* rowsOf(statements, "application_here");
  yield* rowsOf(statements, "endpoint_here");
  yield* rowsOf(statements, "retention_here");
}

function hasFailed(statements: Statements, messageRow: number): boolean {
  for (const { state } of deliveriesOf(statements, messageRow)) if (state === "failed") return true;
  return false;
}

function* rowsOfMessage(statements: Statements, messageRow: number): Generator<JobDbRow> {
  yield rowOf("message", statements.message(messageRow));
  for (const delivery of deliveriesOf(statements, messageRow)) {
    yield delivery;
    const number = Number(delivery.columns["number"]);
    for (const table of ["attempt", "resend"] as const) {
      const page = (after: number) => statements.ofDelivery[table](number, after);
      for (const columns of pages(page, "row", 0)) yield rowOf(table, columns);
    }
  }
}

function* deliveriesOf(statements: Statements, messageRow: number): Generator<JobDbRow> {
  const end = deliveryNumberOf(messageRow + 1, 0);
  const page = (after: number) => statements.deliveries(after, end);
  for (const columns of pages(page, "number", deliveryNumberOf(messageRow, 0) - 1)) {
    const delivered = statements.isDelivered(Number(columns["number"]));
    const skipped = columns["skipped"] === 1;
    const state = deliveryStateOf({ skipped, delivered, settled: true });
    yield { table: "delivery", columns, state: state === "delivered" ? state : "failed" };
  }
}

function* rowsOf(statements: Statements, table: SmallTable): Generator<JobDbRow> {
  for (const columns of pages(statements.all[table], keyColumns[table], Number.MIN_SAFE_INTEGER))
    yield rowOf(table, columns);
}

function rowOf(table: ArchivedTable, columns: Columns): JobDbRow {
  return { table, columns, state: undefined };
}

function* pages(
  pageAfter: (after: number) => readonly Columns[],
  key: string,
  from: number,
): Generator<Columns> {
  let after = from;
  for (;;) {
    const page = pageAfter(after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < limits.archivedRowsPerPage) return;
    after = Number(last[key]);
  }
}

type SmallTable = "job_db" | "application_here" | "endpoint_here" | "retention_here";
type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(database: DatabaseSync) {
  const nextMessage = database.prepare("SELECT MIN(row) AS row FROM message WHERE row > ?");
  const message = database.prepare("SELECT * FROM message WHERE row = ?");
  const deliveries = database.prepare(
    `SELECT * FROM delivery WHERE number > ? AND number < ? ORDER BY number LIMIT ${limits.archivedRowsPerPage}`,
  );
  const isDelivered = database.prepare(
    `SELECT 1 FROM attempt INDEXED BY attempt_delivery
     WHERE delivery = ? AND settlement = ${settlementCodeOf("delivered")}`,
  );
  return {
    nextMessage: (after: number): number | undefined => {
      const row = nextMessage.get(after)?.["row"];
      return typeof row === "number" ? row : undefined;
    },
    message: (row: number): Columns => {
      const columns = message.get(row);
      assert(columns !== undefined, `message row ${row} is there`);
      return columns;
    },
    deliveries: (after: number, end: number): readonly Columns[] => deliveries.all(after, end),
    isDelivered: (delivery: number): boolean => isDelivered.get(delivery) !== undefined,
    ofDelivery: {
      attempt: prepareRowsOfDelivery(database, "attempt INDEXED BY attempt_delivery"),
      resend: prepareRowsOfDelivery(database, "resend INDEXED BY resend_delivery"),
    },
    all: {
      job_db: prepareRows(database, "job_db"),
      application_here: prepareRows(database, "application_here"),
      endpoint_here: prepareRows(database, "endpoint_here"),
      retention_here: prepareRows(database, "retention_here"),
    },
  };
}

function prepareRowsOfDelivery(
  database: DatabaseSync,
  source: string,
): (delivery: number, after: number) => readonly Columns[] {
  const statement = database.prepare(
    `SELECT * FROM ${source} WHERE delivery = ? AND row > ? ORDER BY row LIMIT ${limits.archivedRowsPerPage}`,
  );
  return (delivery, after) => statement.all(delivery, after);
}

function prepareRows(
  database: DatabaseSync,
  table: SmallTable,
): (after: number) => readonly Columns[] {
  const key = keyColumns[table];
  const statement = database.prepare(
    `SELECT * FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ${limits.archivedRowsPerPage}`,
  );
  return (after) => statement.all(after);
}
