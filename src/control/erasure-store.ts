import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Erasure, ErasurePage } from "./erasure.ts";
import type { ErasureId, MessageId } from "../core/ids.ts";
import {
  applicationKeyOf,
  endpointKeyOf,
  type ApplicationId,
  type ApplicationKey,
  type EndpointId,
} from "../core/ids.ts";

export interface ErasureRow {
  readonly key: number;
  readonly id: string;
  readonly organization: string;
  readonly application: number;
  readonly endpoint: number | null;
  readonly message: string | null;
  /** JSON of the `AuditedCall` that asked for it. */
  readonly asked_by: string;
  readonly status: Erasure["status"];
  /** JSON of the `ErasureReceipt`. */
  readonly receipt: string;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
}

/** With the ids of what it is about. */
type FullRow = ErasureRow & {
  readonly application_id: string;
  readonly endpoint_id: string | null;
};

/** Erasures in the control store's file. They are no part of the ledger: nobody reads a copy. */
export class ErasureStore {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(database: DatabaseSync) {
    this.#statements = prepareStatements(database);
  }

  /** Returns its key. */
  insert(row: Omit<ErasureRow, "key">): number {
    return Number(this.#statements.insert.run({ ...row }).lastInsertRowid);
  }

  update(key: number, change: Pick<ErasureRow, "status" | "receipt" | "updated_at_ms">): void {
    this.#statements.update.run({ key, ...change });
  }

  row(key: number): ErasureRow | undefined {
    const row = this.#statements.row.get(key);
    return row as ErasureRow | undefined; // all columns are selected
  }

  runningCount(organization: string): number {
    return Number(this.#statements.runningCount.get(organization)?.["count"]);
  }

  byId(organization: string, id: string): Erasure | undefined {
    const row = this.#statements.byId.get(organization, id);
    return row === undefined ? undefined : toErasure(row as unknown as FullRow); // all columns are selected
  }

  running(): readonly Erasure[] {
    return this.#erasures(this.#statements.running.all());
  }

  page(organization: string, { limit, edge, order }: ErasurePage): readonly Erasure[] {
    const statement = this.#statements[order];
    return this.#erasures(statement.all(organization, edge ?? edges[order], limit));
  }

  #erasures(rows: readonly unknown[]): readonly Erasure[] {
    return rows.map((row) => toErasure(row as FullRow)); // all columns are selected
  }

  /** Deleted or not. */
  applicationById(organization: string, id: string): ApplicationKey | undefined {
    const key = this.#statements.application.get(organization, id)?.["key"];
    return typeof key === "number" ? applicationKeyOf(key) : undefined;
  }

  /** Deleted or not. */
  endpointById(application: ApplicationKey, id: string): number | undefined {
    const key = this.#statements.endpoint.get(application, id)?.["key"];
    return typeof key === "number" ? key : undefined;
  }
}

/** Before and after all ids. */
const edges = { ascending: "", descending: "~" } as const;

function toErasure(row: FullRow): Erasure {
  return {
    key: row.key,
    id: row.id as ErasureId, // the column holds nothing else
    organization: row.organization,
    application: applicationKeyOf(row.application),
    applicationId: row.application_id as ApplicationId, // the column holds nothing else
    endpoint: row.endpoint === null ? undefined : endpointKeyOf(row.endpoint),
    endpointId: (row.endpoint_id as EndpointId | null) ?? undefined, // the column holds nothing else
    message: (row.message as MessageId | null) ?? undefined, // the column holds nothing else
    status: row.status,
    receipt: JSON.parse(row.receipt),
    receiptSha256: row.status === "finished" ? receiptHashOf(row.receipt) : undefined,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}

/** @param receipt its JSON */
export function receiptHashOf(receipt: string): string {
  return createHash("sha256").update(receipt).digest("hex");
}

function prepareStatements(database: DatabaseSync) {
  const select = `SELECT erasure.*, application.id AS application_id, endpoint.id AS endpoint_id
    FROM erasure JOIN application ON application.key = erasure.application
    LEFT JOIN endpoint ON endpoint.key = erasure.endpoint`;
  return {
    insert: database.prepare(
      `INSERT INTO erasure (id, organization, application, endpoint, message, asked_by, status, receipt, created_at_ms, updated_at_ms)
       VALUES ($id, $organization, $application, $endpoint, $message, $asked_by, $status, $receipt, $created_at_ms, $updated_at_ms)`,
    ),
    update: database.prepare(
      "UPDATE erasure SET status = $status, receipt = $receipt, updated_at_ms = $updated_at_ms WHERE key = $key",
    ),
    row: database.prepare("SELECT * FROM erasure WHERE key = ?"),
    runningCount: database.prepare(
      "SELECT count(*) AS count FROM erasure WHERE organization = ? AND status = 'running'",
    ),
    byId: database.prepare(`${select} WHERE erasure.organization = ? AND erasure.id = ?`),
    running: database.prepare(`${select} WHERE status = 'running' ORDER BY erasure.key`),
    ascending: database.prepare(
      `${select} WHERE erasure.organization = ? AND erasure.id > ? ORDER BY erasure.id LIMIT ?`,
    ),
    descending: database.prepare(
      `${select} WHERE erasure.organization = ? AND erasure.id < ? ORDER BY erasure.id DESC LIMIT ?`,
    ),
    application: database.prepare(
      "SELECT key FROM application WHERE organization = ? AND id = ? AND purpose IS NULL",
    ),
    endpoint: database.prepare("SELECT key FROM endpoint WHERE application = ? AND id = ?"),
  };
}
