/**
 * Keeps the WAL of a JobDb short without a commit ever waiting for a checkpoint.
 *
 *   commits ──8 MiB──▶ the janitor copies (passive, other thread) ──▶ commits go on meanwhile, so a little is left
 *                                │ WAL ≥ 64 MiB when it is done
 *                                ▼
 *          the committing thread copies the little that is left, between two commits: now nothing is left, and the next
 *          commit starts the WAL again from the front
 *
 * Without the last step the WAL of a busy JobDb grows for ever: a passive checkpoint never catches up with a writer that
 * does not pause, and only a WAL that is copied to its end starts again.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { limits } from "../../core/limits.ts";
import { readPragma } from "../../sqlite/read-pragma.ts";

type WalRow = { readonly busy: 0 | 1; readonly log: number; readonly checkpointed: number };

export interface WalKeeperOptions {
  readonly database: DatabaseSync;
  readonly path: string;
  /** Does a passive checkpoint of a file in another thread. */
  readonly checkpoint: (path: string) => Promise<void>;
  /** A checkpoint could not be done. */
  readonly onFailure: (error: unknown) => void;
}

export class WalKeeper {
  readonly #options: WalKeeperOptions;
  readonly #pageBytes: number;
  readonly #look: StatementSync;
  readonly #finish: StatementSync;
  #checkpointing = false;

  constructor(options: WalKeeperOptions) {
    this.#options = options;
    this.#pageBytes = Number(readPragma(options.database, "page_size"));
    this.#look = options.database.prepare("PRAGMA wal_checkpoint(NOOP)");
    this.#finish = options.database.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  }

  /** To be called after every commit: 1 µs as long as there is nothing to do. */
  tend(): void {
    if (this.#checkpointing) return;
    const { log, checkpointed } = this.#walFrames(this.#look);
    if ((log - checkpointed) * this.#pageBytes < limits.checkpointBytes) return;
    this.#checkpointing = true;
    const { checkpoint, path, onFailure } = this.#options;
    checkpoint(path)
      .then(() => this.#checkpointed())
      .catch(onFailure);
  }

  #checkpointed(): void {
    this.#checkpointing = false;
    if (!this.#options.database.isOpen) return;
    const { log } = this.#walFrames(this.#look);
    if (log * this.#pageBytes >= limits.walRestartBytes) this.#walFrames(this.#finish);
  }

  #walFrames(statement: StatementSync): WalRow {
    return statement.get() as WalRow; // the columns of this pragma
  }
}
