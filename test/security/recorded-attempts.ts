import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { jobDbFolderOf } from "../../src/main/data-layout.ts";

export interface RecordedAttempt {
  readonly endpoint: number;
  readonly statusCode: number;
  /** What is told in place of an answer, or the answer. */
  readonly response: string;
}

/** All attempts in a data folder, beside the server that has it. */
export function recordedAttempts(data: string): readonly RecordedAttempt[] {
  const folder = jobDbFolderOf({ data });
  const files = readdirSync(folder).filter((name) => name.endsWith(".db"));
  return files.flatMap((file) => {
    const database = new DatabaseSync(join(folder, file), { readOnly: true });
    try {
      return database
        .prepare("SELECT endpoint, status_code, response FROM attempt")
        .all()
        .map((row) => ({
          endpoint: Number(row["endpoint"]),
          statusCode: Number(row["status_code"]),
          response: Buffer.from(row["response"] as Uint8Array).toString(), // the column is a BLOB
        }));
    } finally {
      database.close();
    }
  });
}
