import type { DatabaseSync } from "node:sqlite";
import { limits } from "../../core/limits.ts";
import { schemaVersionOf } from "../../sqlite/migrate.ts";
import { isDamage, resultCodeOf, resultCodes } from "../../sqlite/result-code.ts";
import { type BodyChecksum, bodyChecksumOf } from "./body-checksum.ts";
import { openJobDbReader } from "./job-db-connection.ts";
import { jobDbMigrations } from "./job-db-migrations.ts";

export type ScrubResult =
  /** Also one that is half-made, or can't be opened: that says nothing of it. */
  | { readonly kind: "sound" }
  /** What SQLite says: nothing in the file can be relied on. */
  | { readonly kind: "malformed"; readonly reason: string }
  /** So many payloads and answers are not what was stored; the rest of the file can be read. */
  | { readonly kind: "altered"; readonly bodies: number };

/**
 * Reads all of a JobDb: SQLite's own check, then every payload and answer against its checksum. Yields after each step, for
 * a rest. The first step is the longest, as it can't be divided.
 *
 * @throws what SQLite throws but for damage
 */
export function* scrubJobDb(path: string): Generator<undefined, ScrubResult> {
  try {
    const database = openJobDbReader(path);
    try {
      if (schemaVersionOf(database, jobDbMigrations, path) === 0) return { kind: "sound" };
      const found = String(database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"]);
      if (found !== "ok") return { kind: "malformed", reason: found };
      yield;
      const messages = yield* alteredBodies(database, selectPayloads);
      const attempts = yield* alteredBodies(database, selectResponses);
      const bodies = messages + attempts;
      return bodies === 0 ? { kind: "sound" } : { kind: "altered", bodies };
    } finally {
      database.close();
    }
  } catch (error) {
    if (isDamage(error)) return { kind: "malformed", reason: String(error) };
    if (resultCodeOf(error) === resultCodes.cannotOpen) return { kind: "sound" };
    throw error;
  }
}

const selectPayloads = `SELECT row, nonce, at_ms, payload AS body, checksum FROM message
  WHERE row > ? ORDER BY row LIMIT ?`;
const selectResponses = `SELECT row, nonce, at_ms, response AS body, checksum FROM attempt
  WHERE row > ? ORDER BY row LIMIT ?`;

type BodyRow = {
  readonly row: number;
  readonly nonce: number;
  readonly at_ms: number;
  readonly body: Uint8Array;
  readonly checksum: BodyChecksum;
};

function* alteredBodies(database: DatabaseSync, sql: string): Generator<undefined, number> {
  const statement = database.prepare(sql);
  let altered = 0;
  let last = 0;
  for (;;) {
    const rows: readonly unknown[] = statement.all(last, limits.scrubbedRowsMax);
    // The cast: the columns of both statements.
    for (const { row, nonce, at_ms: atMs, body, checksum } of rows as readonly BodyRow[]) {
      const isSound = checksum === null || checksum === bodyChecksumOf(body, { row, nonce, atMs });
      if (!isSound) altered += 1;
      last = row;
    }
    if (rows.length < limits.scrubbedRowsMax) return altered;
    yield;
  }
}
