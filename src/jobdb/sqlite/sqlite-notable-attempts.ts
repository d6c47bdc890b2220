import type { Address } from "../../core/ids.ts";
import type { NotableAttempt, NotableAttempts, NotableQuery } from "../../director/facade.ts";
import { HistoryFiles } from "./history-files.ts";
import type { HistoryReader } from "./history-reader.ts";

/** Over all JobDb files of a folder, read beside those who write them. */
export class SqliteNotableAttempts implements NotableAttempts {
  readonly #files: HistoryFiles;

  /** @param folder that of the JobDb files; it need not exist yet */
  constructor(folder: string) {
    this.#files = new HistoryFiles(folder);
  }

  jobDbs(): readonly number[] {
    return this.#files.numbers();
  }

  notable(jobDb: number, { after, sinceMs, limit }: NotableQuery): readonly NotableAttempt[] {
    const found = this.#files.read(jobDb, (statements) => {
      const since = statements.firstRowSince.attempt(sinceMs);
      const from = Math.max(since, rowOf(statements, after) + 1);
      return statements.notableAttempts(from - 1, limit);
    });
    return found ?? [];
  }

  closeDropped(): void {
    this.#files.numbers();
  }

  /** Idempotent. */
  close(): void {
    this.#files.close();
  }
}

/** 0 if the attempt is not there: the file is then another one, of the same number. */
function rowOf({ attempt }: HistoryReader["statements"], address: Address | undefined): number {
  if (address === undefined) return 0;
  return attempt(address.row)?.address.nonce === address.nonce ? address.row : 0;
}
