import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openReader } from "../../../src/sqlite/open-connection.ts";
import { readPragma } from "../../../src/sqlite/read-pragma.ts";

export interface StoredMessage {
  readonly nonce: number;
  /** Empty if erased. */
  readonly payload: string;
  readonly isErased: boolean;
  readonly deliveries: number;
}

/** What a folder of JobDbs has in it. */
export interface StoredRows {
  /** Numbers of the JobDbs that are more than half-made. */
  readonly jobDbs: ReadonlySet<number>;
  /** By `JobDb/row`. */
  readonly messages: ReadonlyMap<string, StoredMessage>;
  /** Messages that have their answer with them. */
  readonly answered: ReadonlySet<string>;
  /** What SQLite, or sense, has against a file. */
  readonly complaints: readonly string[];
}

const readerCacheKiB = 1024;

export function placeKey(jobDb: number, row: number): string {
  return `${jobDb}/${row}`;
}

export function jobDbOf(place: string): number {
  return Number(place.slice(0, place.indexOf("/")));
}

export function readStoredRows(jobDbFolder: string): StoredRows {
  const jobDbs = new Set<number>();
  const messages = new Map<string, StoredMessage>();
  const answered = new Set<string>();
  const complaints: string[] = [];
  for (const name of readdirSync(jobDbFolder)) {
    const number = /^(\d{8})\.db$/.exec(name)?.[1];
    if (number === undefined) continue;
    const database = openReader(join(jobDbFolder, name), readerCacheKiB);
    try {
      if (readPragma(database, "user_version") === 0) continue; // half-made: there is nothing in it
      jobDbs.add(Number(number));
      const verdict = readPragma(database, "integrity_check");
      if (verdict !== "ok") complaints.push(`${name}: ${String(verdict)}`);
      const orphans = database.prepare(orphansSql).get()?.["count"];
      if (orphans !== 0) complaints.push(`${name}: ${String(orphans)} rows of messages not there`);
      for (const row of database.prepare(messagesSql).iterate()) {
        messages.set(placeKey(Number(number), Number(row["row"])), {
          nonce: Number(row["nonce"]),
          payload: row["payload"] instanceof Uint8Array ? textOf(row["payload"]) : "",
          isErased: row["erased_at_ms"] !== null,
          deliveries: Number(row["deliveries"]),
        });
      }
      for (const row of database.prepare("SELECT first_message FROM answer").iterate()) {
        answered.add(placeKey(Number(number), Number(row["first_message"])));
      }
    } finally {
      database.close();
    }
  }
  return { jobDbs, messages, answered, complaints };
}

const messagesSql = `SELECT row, nonce, payload, erased_at_ms,
  (SELECT count(*) FROM delivery WHERE number >= row * 65536 AND number < (row + 1) * 65536) AS deliveries
  FROM message`;

const orphansSql = `SELECT
  (SELECT count(*) FROM delivery WHERE number / 65536 NOT IN (SELECT row FROM message)) +
  (SELECT count(*) FROM attempt WHERE delivery NOT IN (SELECT number FROM delivery)) +
  (SELECT count(*) FROM answer WHERE first_message NOT IN (SELECT row FROM message)) AS count`;

/** Of bytes that a producer sent: each is a character, so that none is lost. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
