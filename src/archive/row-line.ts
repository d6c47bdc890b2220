/**
 * A row as a line of NDJSON, for people and programs alike:
 *
 *     {"table":"message","id":"msg_…","applicationId":"app_…","at":"2026-…","row":{"row":1,"payload":{"utf8":"{…}"},…}}
 *     {"table":"delivery","messageId":"msg_…","endpointId":"ep_…","state":"failed","row":{…}}
 *     {"table":"attempt","id":"atmpt_…","messageId":"msg_…","endpointId":"ep_…","at":"2026-…","row":{…}}
 *
 * `row` has the columns as SQLite has them, and is all that a JobDb is made of again; what stands before it is said for those who
 * search. Bytes are an object: `utf8` if they are valid UTF-8, which nearly all payloads and answers are, else `base64`.
 *
 * One row a line, rather than one message: a message can have thousands of deliveries with answers of 16 KiB, and a line has to
 * fit into memory.
 */
import { isUtf8 } from "node:buffer";
import type { SQLOutputValue } from "node:sqlite";
import { assert } from "../core/errors.ts";
import {
  type Address,
  applicationKeyOf,
  attemptIdOf,
  endpointKeyOf,
  messageIdOf,
} from "../core/ids.ts";
import { archivedTables, type Columns, type JobDbRow, type StoredRow } from "./job-db-rows.ts";
import type { PublicNames } from "./public-names.ts";

type JsonValue = string | number | null | { readonly utf8: string } | { readonly base64: string };

/** Encodes the rows of one JobDb, to be called in their order: what belongs to a message bears its id. */
export function createRowEncoder(jobDb: number, names: PublicNames): (row: JobDbRow) => string {
  let messageId: string | undefined;
  return (row) => {
    if (row.table === "message") messageId = messageIdOf(addressOf(jobDb, row.columns));
    const described = { table: row.table, ...describe(row, { jobDb, messageId, names }) };
    return JSON.stringify({ ...described, row: jsonOf(row.columns) });
  };
}

interface Surroundings {
  readonly jobDb: number;
  readonly messageId: string | undefined;
  readonly names: PublicNames;
}

function describe(
  { table, columns, state }: JobDbRow,
  { jobDb, messageId, names }: Surroundings,
): Record<string, string | undefined> {
  switch (table) {
    case "message": {
      const name = names.application(applicationKeyOf(Number(columns["application"])));
      const application = { applicationId: name?.id, applicationUid: name?.uid };
      return { id: messageId, ...application, at: instantOf(columns) };
    }
    case "delivery":
      return { messageId, ...endpointOf(columns, names), state };
    case "attempt": {
      const id = attemptIdOf(addressOf(jobDb, columns));
      return { id, messageId, ...endpointOf(columns, names), at: instantOf(columns) };
    }
    case "resend":
      return { messageId, ...endpointOf(columns, names), at: instantOf(columns) };
    case "job_db":
    case "application_here":
    case "endpoint_here":
    case "retention_here":
      return {};
  }
}

function addressOf(jobDb: number, columns: Columns): Address {
  const { at_ms: atMs, row, nonce } = columns;
  return { jobDb, atMs: Number(atMs), row: Number(row), nonce: Number(nonce) };
}

function endpointOf(columns: Columns, names: PublicNames): Record<string, string | undefined> {
  const name = names.endpoint(endpointKeyOf(Number(columns["endpoint"])));
  return { endpointId: name?.id, endpointUid: name?.uid };
}

function instantOf(columns: Columns): string {
  return new Date(Number(columns["at_ms"])).toISOString();
}

/** The line with other columns: what stands before them for those who search is as it was. */
export function lineWith(line: string, columns: Columns): string {
  return JSON.stringify({ ...objectOf(line), row: jsonOf(columns) });
}

function jsonOf(columns: Columns): Record<string, JsonValue> {
  const entries = Object.entries(columns).map(([name, value]) => [name, jsonValueOf(value)]);
  return Object.fromEntries(entries) as Record<string, JsonValue>; // what jsonValueOf gives
}

function jsonValueOf(value: SQLOutputValue): JsonValue {
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return isUtf8(bytes) ? { utf8: bytes.toString("utf8") } : { base64: bytes.toString("base64") };
  }
  assert(typeof value !== "bigint", "integers are read as numbers");
  return value;
}

/**
 * The row of a line; undefined if it is none.
 */
export function decodeRow(line: string): StoredRow | undefined {
  const decoded = objectOf(line);
  const table = archivedTables.find((each) => each === decoded?.["table"]);
  const row = decoded?.["row"];
  if (table === undefined || typeof row !== "object" || row === null) return undefined;
  const columns: Record<string, SQLOutputValue> = {};
  for (const [name, value] of Object.entries(row)) {
    const column = columnOf(value);
    if (column === undefined) return undefined;
    columns[name] = column;
  }
  return { table, columns };
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined; // the caller says which line it is
  }
}

function columnOf(value: unknown): SQLOutputValue | undefined {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (typeof value !== "object" || value === undefined) return undefined;
  if ("utf8" in value && typeof value.utf8 === "string")
    return new Uint8Array(Buffer.from(value.utf8, "utf8"));
  if ("base64" in value && typeof value.base64 === "string")
    return new Uint8Array(Buffer.from(value.base64, "base64"));
  return undefined;
}
