import type { DatabaseSync } from "node:sqlite";
import type { Address, ApplicationKey } from "../../core/ids.ts";
import { applicationKeyOf } from "../../core/ids.ts";
import type { MessageRow } from "../../core/message.ts";
import type { StoredMessage } from "../../director/facade.ts";
import type { StoredPayload } from "../../director/ports.ts";
import { type BodyChecksum, bodyChecksumOf } from "./body-checksum.ts";
import { prepareInsertRows } from "./insert-rows.ts";

export function prepareInsertMessages(
  database: DatabaseSync,
): (messages: readonly MessageRow[]) => void {
  return prepareInsertRows(database, {
    table: "message",
    columns: [
      "row",
      "nonce",
      "at_ms",
      "application",
      "event_type",
      "event_id",
      "channels",
      "tags",
      "retention_days",
      "payload",
      "checksum",
      "trace",
    ],
    valuesOf: (message) => [
      message.row,
      message.nonce,
      message.atMs,
      message.application,
      message.eventType,
      message.eventId ?? null,
      textOfList(message.channels),
      textOfList(message.tags),
      message.retentionDays,
      message.payload,
      bodyChecksumOf(message.payload, message),
      message.trace ?? null,
    ],
  });
}

/** Remembers that an application has messages here, and from which row on. */
export function prepareInsertApplication(
  database: DatabaseSync,
): (application: ApplicationKey, firstMessage: number) => void {
  const statement = database.prepare(
    "INSERT INTO application_here (application, first_message) VALUES (?, ?)",
  );
  return (application, firstMessage) => void statement.run(application, firstMessage);
}

export function selectApplications(database: DatabaseSync): readonly ApplicationKey[] {
  const rows = database.prepare("SELECT application FROM application_here").all();
  return rows.map((row) => applicationKeyOf(Number(row["application"])));
}

/** The first row of an application's messages, or undefined if there are none. */
export function prepareSelectFirstMessage(
  database: DatabaseSync,
): (application: ApplicationKey) => number | undefined {
  const statement = database.prepare(
    "SELECT first_message FROM application_here WHERE application = ?",
  );
  return (application) => numberOf(statement.get(application)?.["first_message"]);
}

export interface EventQuery {
  readonly application: ApplicationKey;
  readonly eventId: string;
  /** The run to begin with, and the last one to look into. */
  readonly from: number;
  readonly to: number;
}

/** The row of an application's first message with an event id in some runs. */
export function prepareSelectEventMessage(
  database: DatabaseSync,
): (query: EventQuery) => number | undefined {
  const statement = database.prepare(
    `WITH RECURSIVE run (n) AS (SELECT $from UNION ALL SELECT n + 1 FROM run WHERE n < $to)
     SELECT row FROM run CROSS JOIN message INDEXED BY message_event
     ON row >> 12 = n AND application = $application AND event_id = $eventId LIMIT 1`,
  );
  return (query) => numberOf(statement.get({ ...query })?.["row"]);
}

type PayloadRow = {
  readonly nonce: number;
  readonly at_ms: number;
  readonly event_type: string;
  readonly payload: Uint8Array;
  readonly erased_at_ms: number | null;
  readonly checksum: BodyChecksum;
  readonly trace: string | null;
};

/** What an attempt needs of a message, compared with its checksum: what the disk has altered is never sent. */
export function prepareSelectPayload(
  database: DatabaseSync,
  jobDb: number,
): (row: number) => StoredPayload | undefined {
  const statement = database.prepare(
    "SELECT nonce, at_ms, event_type, payload, erased_at_ms, checksum, trace FROM message WHERE row = ?",
  );
  return (row) => {
    const found = statement.get(row) as PayloadRow | undefined; // the columns of the statement
    if (found === undefined) return undefined;
    const { payload, checksum, event_type: eventType } = found;
    const address = { atMs: found.at_ms, jobDb, row, nonce: found.nonce };
    if (found.erased_at_ms !== null && checksum === null)
      return { address, eventType, payload: "erased" };
    const isIntact = checksum === null || checksum === bodyChecksumOf(payload, address);
    const stored = { address, eventType, payload: isIntact ? payload : "damaged" } as const;
    return found.trace === null ? stored : { ...stored, trace: found.trace };
  };
}

type StoredMessageRow = {
  readonly nonce: number;
  readonly at_ms: number;
  readonly application: number;
  readonly event_type: string;
  readonly event_id: string | null;
  readonly channels: string | null;
  readonly tags: string | null;
  readonly retention_days: number;
};

const columnsOfMessage =
  "nonce, at_ms, application, event_type, event_id, channels, tags, retention_days";

export function prepareSelectMessage(
  database: DatabaseSync,
  jobDb: number,
): (row: number) => StoredMessage | undefined {
  const statement = database.prepare(
    `SELECT ${columnsOfMessage}, payload, erased_at_ms FROM message WHERE row = ?`,
  );
  type Row = StoredMessageRow & {
    readonly payload: Uint8Array;
    readonly erased_at_ms: number | null;
  };
  return (row) => {
    const found = statement.get(row) as Row | undefined; // the columns of the statement
    const payload = found?.erased_at_ms === null ? found.payload : undefined;
    return found && storedMessageOf(found, { jobDb, row }, payload);
  };
}

const unread = new Uint8Array(0);

/**
 * The same, but no bytes stand for a payload that is there. Whether it is, its length tells, which is in the row's header:
 * for a column behind the payload SQLite would go through all of its pages.
 */
export function prepareSelectMessageUnread(
  database: DatabaseSync,
  jobDb: number,
): (row: number) => StoredMessage | undefined {
  const statement = database.prepare(
    `SELECT ${columnsOfMessage}, length(payload) AS payload_bytes FROM message WHERE row = ?`,
  );
  type Row = StoredMessageRow & { readonly payload_bytes: number };
  return (row) => {
    const found = statement.get(row) as Row | undefined; // the columns of the statement
    const payload = found?.payload_bytes === 0 ? undefined : unread;
    return found && storedMessageOf(found, { jobDb, row }, payload);
  };
}

function storedMessageOf(
  row: StoredMessageRow,
  place: Pick<Address, "jobDb" | "row">,
  payload: Uint8Array | undefined,
): StoredMessage {
  return {
    address: { ...place, atMs: row.at_ms, nonce: row.nonce },
    application: applicationKeyOf(row.application),
    eventType: row.event_type,
    eventId: row.event_id ?? undefined,
    channels: listOfText(row.channels),
    tags: listOfText(row.tags),
    retentionDays: row.retention_days,
    payload,
  };
}

/** Channels and tags are stored as JSON texts, as SQLite can look into these. */
function textOfList(list: readonly string[] | undefined): string | null {
  return list === undefined ? null : JSON.stringify(list);
}

export function listOfText(text: string | null): readonly string[] | undefined {
  return text === null ? undefined : (JSON.parse(text) as readonly string[]); // written by textOfList
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
