/**
 * The system of record: `control.db`. Rows are written through one door, `writeRow`, which also appends the new row to
 * the ledger, inside a transaction. So a change without its ledger entry, or an entry without its change, can't exist.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { EndpointPause } from "../core/endpoint-pause.ts";
import { assert, PosthornError } from "../core/errors.ts";
import type { ApplicationKey, AttemptId, EndpointKey } from "../core/ids.ts";
import type { EndpointEventType } from "../core/operational-event.ts";
import { inTransaction } from "../sqlite/in-transaction.ts";
import { migrate } from "../sqlite/migrate.ts";
import type { AnnouncementRow } from "./announcement-row.ts";
import { AuditWriter } from "./audit-writer.ts";
import type { AnswerRow } from "./answer-statements.ts";
import type { ApiKeyRow } from "./api-key-row.ts";
import type { BackgroundTaskRow } from "./background-task-row.ts";
import type { ApplicationRow } from "./application-row.ts";
import { openControlWriter } from "./control-connection.ts";
import { controlMigrations } from "./control-migrations.ts";
import type { KeyRing } from "./key-ring.ts";
import { openRow, sealRow } from "./sealed-columns.ts";
import { prepareControlStatements, type ErasableTable } from "./control-statements.ts";
import type { EndpointRow } from "./endpoint-row.ts";
import { ErasureStore } from "./erasure-store.ts";
import type { EventTypeRow } from "./event-type-row.ts";
import { Resealer } from "./resealer.ts";
import type { SigningSecretRow } from "./signing-secret-row.ts";
import { columnsOf, tableNames, upsertSqlOf, type Rows, type TableName } from "./tables.ts";

/** Where time, randomness and encryption keys come from. */
export interface ControlSources {
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Bytes that nobody can guess. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly keyRing: KeyRing;
}

/** One change, as the ledger tells it. */
export interface LedgerEntry {
  readonly sequence: number;
  readonly table_name: TableName;
  readonly key: number;
  /** JSON of the new row; null: there is none any more. */
  readonly row: string | null;
  /** The instant of its transaction, the same for all of its entries. */
  readonly at_ms: number;
}

/** A row whose key is null is new and gets the next key of its table. */
export type Written<Row extends Rows[TableName]> = Omit<Row, "key"> & {
  readonly key: number | null;
};

const identityBytes = 16;

export class ControlStore {
  /** Random, made with the file: an LDB of another store is known by it. */
  readonly id: string;
  readonly path: string;
  readonly resealer: Resealer;
  readonly audit: AuditWriter;
  readonly erasures: ErasureStore;
  readonly #sources: ControlSources;
  readonly #database: DatabaseSync;
  readonly #upserts: ReadonlyMap<TableName, StatementSync>;
  readonly #statements: ReturnType<typeof prepareControlStatements>;
  #transactionAtMs: number | undefined;
  #hasChanged = false;

  /** @throws PosthornError `sqlite_too_old`, `data_newer`, `data_unwritable`, `encryption_key_wrong`, `control_unavailable` */
  constructor(path: string, sources: ControlSources) {
    this.path = path;
    this.#sources = sources;
    this.#database = openControlWriter(path, "FULL");
    try {
      migrate(this.#database, controlMigrations, path);
      this.id = identityOf(this.#database, sources);
      const { keyRing, randomBytes } = sources;
      const write = this.writeRow.bind(this);
      this.resealer = inTransaction(
        this.#database,
        () => new Resealer(this.#database, { keyRing, randomBytes, write }),
      );
      this.#statements = prepareControlStatements(this.#database);
      this.audit = new AuditWriter(this.#database);
      this.erasures = new ErasureStore(this.#database);
      this.#upserts = new Map(
        tableNames.map((table) => [table, this.#database.prepare(upsertSqlOf(table))]),
      );
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Runs a write as one transaction. `atMs` is its instant: nothing in it asks for the time again. */
  transaction<Result>(write: (atMs: number) => Result): Result {
    assert(this.#transactionAtMs === undefined, "transactions don't nest");
    const atMs = this.#sources.nowMs();
    this.#transactionAtMs = atMs;
    this.#hasChanged = false;
    try {
      return inTransaction(this.#database, () => write(atMs));
    } finally {
      this.#transactionAtMs = undefined;
    }
  }

  /** Whether the transaction has written or erased a row so far. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /**
   * The one door: inserts the row or replaces the one with its key, and appends it to the ledger, in both with its secrets
   * sealed. Returns its key.
   */
  writeRow<Table extends TableName>(table: Table, row: Written<Rows[Table]>): number {
    const atMs = this.#transactionAtMs;
    assert(atMs !== undefined, "rows are written in a transaction");
    const upsert = this.#upserts.get(table);
    assert(upsert !== undefined, "a table has its statement");
    const { keyRing, randomBytes } = this.#sources;
    const key = row.key ?? this.#nextKeyOf(table);
    const sealed = sealRow(keyRing, table, { ...row, key }, randomBytes);
    const values = sealed as Readonly<Record<string, SQLInputValue>>; // rows hold nothing else
    upsert.run(...columnsOf(table).map((column) => values[column] ?? null));
    this.#hasChanged = true;
    this.#statements.append.run(table, key, JSON.stringify(sealed), atMs);
    return key;
  }

  /** Seals some more by the first encryption key. False: all of it is. */
  reseal(): boolean {
    return this.transaction(() => this.resealer.step());
  }

  /** The other half of the door: takes a row out for good. For rows that nothing refers to. */
  eraseRow(table: ErasableTable, key: number): void {
    const atMs = this.#transactionAtMs;
    assert(atMs !== undefined, "rows are erased in a transaction");
    this.#hasChanged = true;
    this.#statements.erase[table].run(key);
    this.#statements.append.run(table, key, null, atMs);
  }

  /** Whether an operational endpoint of the organisation asks for this type of event, disabled or not. */
  isAnnounced(organization: string, type: EndpointEventType): boolean {
    return this.#statements.isAnnounced.get(organization, type) !== undefined;
  }

  /** Keeps what is to be told to the operator until it is removed. */
  stage({ id, organization, body }: Omit<AnnouncementRow, "key">): void {
    assert(this.#transactionAtMs !== undefined, "announcements are staged in a transaction");
    this.#statements.stage.run(id, organization, body);
  }

  /** The oldest that are staged, in order. */
  announcements(countMax: number): readonly AnnouncementRow[] {
    const rows: readonly unknown[] = this.#statements.announcements.all(countMax);
    return rows as readonly AnnouncementRow[]; // all columns are selected
  }

  /** Those up to this key. */
  removeAnnouncements(lastKey: number): void {
    this.#statements.removeAnnouncements.run(lastKey);
  }

  /** For each JobDb the last one that was kept. */
  toldAttempts(): readonly AttemptId[] {
    const rows = this.#statements.toldAttempts.all();
    return rows.map(({ attempt }) => attempt as AttemptId); // the column holds nothing else
  }

  /** In the place of the one before of this JobDb. */
  keepToldAttempt(jobDb: number, attempt: AttemptId): void {
    this.#statements.keepToldAttempt.run(jobDb, attempt);
  }

  /** Even if it is deleted. */
  application(key: ApplicationKey): ApplicationRow | undefined {
    const row = this.#statements.application.get(key);
    return row as ApplicationRow | undefined; // all columns are selected
  }

  /** Among those not deleted. */
  applicationByUid(organization: string, uid: string): ApplicationRow | undefined {
    const row = this.#statements.applicationByUid.get(organization, uid);
    return row as ApplicationRow | undefined; // all columns are selected
  }

  operationalApplication(organization: string): ApplicationRow | undefined {
    const row = this.#statements.operationalApplication.get(organization);
    return row as ApplicationRow | undefined; // all columns are selected
  }

  /** Even if it is deleted. */
  endpoint(key: EndpointKey): EndpointRow | undefined {
    const row = this.#statements.endpoint.get(key);
    return this.#opened("endpoint", row as EndpointRow | undefined); // all columns are selected
  }

  /** Undefined: it works. */
  endpointPause(key: EndpointKey): EndpointPause | undefined {
    const row = this.#statements.endpointPause.get(key);
    return row === undefined ? undefined : JSON.parse(String(row["pause"]));
  }

  /** By id, else by uid, among customers' that are not deleted. */
  applicationByName(organization: string, idOrUid: string): ApplicationRow | undefined {
    const row = this.#statements.applicationById.get(organization, idOrUid);
    return (row as ApplicationRow | undefined) ?? this.applicationByUid(organization, idOrUid); // all columns
  }

  /** By id, else by uid, among those not deleted. */
  endpointByName(application: ApplicationKey, idOrUid: string): EndpointRow | undefined {
    const row = this.#statements.endpointById.get(application, idOrUid);
    const byId = this.#opened("endpoint", row as EndpointRow | undefined); // all columns are selected
    return byId ?? this.endpointByUid(application, idOrUid);
  }

  /** Those not deleted. */
  endpoints(application: ApplicationKey): readonly EndpointRow[] {
    const rows: readonly unknown[] = this.#statements.endpoints.all(application);
    return (rows as readonly EndpointRow[]).map((row) => this.#opened("endpoint", row)); // all columns are selected
  }

  /** Current and old ones, the newest first. */
  signingSecrets(endpoint: EndpointKey): readonly SigningSecretRow[] {
    const rows: readonly unknown[] = this.#statements.signingSecrets.all(endpoint);
    const secrets = rows as readonly SigningSecretRow[]; // all columns are selected
    return secrets.map((row) => this.#opened("signing_secret", row));
  }

  /** Those of the endpoint that the disk has altered: they can sign nothing, and nobody can tell them. */
  eraseUnreadableSecrets(endpoint: EndpointKey): void {
    const rows: readonly unknown[] = this.#statements.signingSecrets.all(endpoint);
    const secrets = rows as readonly SigningSecretRow[]; // all columns are selected
    for (const row of secrets) {
      try {
        this.#opened("signing_secret", row);
      } catch (error) {
        if (!(error instanceof PosthornError && error.code === "secret_unreadable")) throw error;
        this.eraseRow("signing_secret", row.key);
      }
    }
  }

  /** Those not deleted. */
  endpointCount(application: ApplicationKey): number {
    return Number(this.#statements.endpointCount.get(application)?.["count"]);
  }

  /** Among those not deleted. */
  endpointByUid(application: ApplicationKey, uid: string): EndpointRow | undefined {
    const row = this.#statements.endpointByUid.get(application, uid);
    return this.#opened("endpoint", row as EndpointRow | undefined); // all columns are selected
  }

  /** Among those not deleted. */
  eventType(organization: string, name: string): EventTypeRow | undefined {
    const row = this.#statements.eventTypeByName.get(organization, name);
    return row as EventTypeRow | undefined; // all columns are selected
  }

  /** Those not deleted. */
  apiKeyCount(organization: string): number {
    return Number(this.#statements.apiKeyCount.get(organization)?.["count"]);
  }

  /** Among those not deleted. */
  apiKeyById(organization: string, id: string): ApiKeyRow | undefined {
    const row = this.#statements.apiKeyById.get(id, organization);
    return row as ApiKeyRow | undefined; // all columns are selected
  }

  backgroundTask(key: number): BackgroundTaskRow | undefined {
    const row = this.#statements.tasks.task.get(key);
    return row as BackgroundTaskRow | undefined; // all columns are selected
  }

  backgroundTaskById(organization: string, id: string): BackgroundTaskRow | undefined {
    const row = this.#statements.tasks.taskById.get(id, organization);
    return row as BackgroundTaskRow | undefined; // all columns are selected
  }

  runningTaskCount(organization: string): number {
    return Number(this.#statements.tasks.runningCount.get(organization)?.["count"]);
  }

  /** Keys of tasks that ended before an instant, at most `countMax`. */
  endedTasks(beforeMs: number, countMax: number): readonly number[] {
    return this.#statements.tasks.ended.all(beforeMs, countMax).map((row) => Number(row["key"]));
  }

  isTokenRevoked(hash: string): boolean {
    return this.#statements.revokedToken.get(hash) !== undefined;
  }

  /** Keys of revoked tokens that have expired by themselves, at most `countMax`. */
  expiredTokens(atMs: number, countMax: number): readonly number[] {
    return this.#statements.expiredTokens.all(atMs, countMax).map((row) => Number(row["key"]));
  }

  /** What was kept under a hash at or after a time. Answers are not in the ledger. */
  answer(hash: Uint8Array, sinceMs: number): AnswerRow | undefined {
    const row = this.#statements.answers.select.get(hash, sinceMs);
    return row as AnswerRow | undefined; // all columns are selected
  }

  /** In the place of an older one, if there is one. */
  keepAnswer({ hash, at_ms, sealed }: AnswerRow): void {
    this.#statements.answers.keep.run(hash, at_ms, sealed);
  }

  /** The oldest of those kept before a time. */
  eraseAnswers(beforeMs: number, countMax: number): void {
    this.#statements.answers.erase.run(beforeMs, countMax);
  }

  /**
   * The ledger after `sequence`, in order: about `entriesMax` entries, more only to end where a transaction ends, so
   * that a copy never shows half a write.
   */
  ledgerAfter(sequence: number, entriesMax: number): readonly LedgerEntry[] {
    const entries: LedgerEntry[] = [];
    for (const row of this.#statements.ledgerAfter.iterate(sequence)) {
      const entry = row as Record<string, unknown> & LedgerEntry; // all columns are selected
      if (entries.length >= entriesMax && entry.at_ms !== entries.at(-1)?.at_ms) break;
      entries.push(entry);
    }
    return entries;
  }

  /** When the ledger's entry was appended, Unix milliseconds; undefined if there is no such entry. */
  ledgerAtMs(sequence: number): number | undefined {
    const row = this.#statements.ledgerAt.get(sequence);
    return row === undefined ? undefined : Number(row["at_ms"]);
  }

  /** Idempotent. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #opened<Row extends { readonly key: number } | undefined>(table: TableName, row: Row): Row {
    return row === undefined ? row : openRow(this.#sources.keyRing, table, row);
  }

  /** As `AUTOINCREMENT` would give it: secrets are sealed for their row, so its key is needed before. */
  #nextKeyOf(table: TableName): number {
    return Number(this.#statements.lastKey.get(table)?.["seq"] ?? 0) + 1;
  }
}

function identityOf(database: DatabaseSync, sources: ControlSources): string {
  return inTransaction(database, () => {
    const row = database.prepare("SELECT id FROM store").get();
    if (row !== undefined) return String(row["id"]);
    const id = Buffer.from(sources.randomBytes(identityBytes)).toString("hex");
    database.prepare("INSERT INTO store (id) VALUES (?)").run(id);
    return id;
  });
}
