import { copyFileSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseMessageId } from "../../src/core/ids.ts";
import type { Durable } from "./delivery-checker.ts";
import { bodyHashOf } from "./receiver.ts";

/**
 * What a server that has ended left in its JobDbs, read from copies, so that looking changes nothing. The shared-memory
 * file is not copied: SQLite recovers the write-ahead log of the copy as it would after the crash.
 */
export class DurableRecord implements Durable {
  readonly #jobDbFolder: string;
  readonly #scratchFolder: string;
  /** By JobDb number: the size and time of its files when they were last read. */
  readonly #marks = new Map<number, string>();
  /** By JobDb number, then message row. */
  readonly #nonces = new Map<number, Map<number, number>>();
  readonly #bodyHashes = new Set<string>();
  readonly #settled = new Set<string>();
  readonly #endpointNames: ReadonlyMap<string, string>;

  /**
   * @param dataFolder of the server
   * @param scratchFolder for the copies
   * @param endpointNames by URL
   */
  constructor(
    dataFolder: string,
    scratchFolder: string,
    endpointNames: ReadonlyMap<string, string>,
  ) {
    this.#jobDbFolder = join(dataFolder, "jobdb");
    this.#scratchFolder = scratchFolder;
    this.#endpointNames = endpointNames;
  }

  /** Reads every JobDb that has changed since the last call. Call only while no server runs. */
  read(): void {
    if (!existsSync(this.#jobDbFolder)) return; // killed before it made one
    for (const name of readdirSync(this.#jobDbFolder)) {
      const number = /^(\d{8})\.db$/.exec(name)?.[1];
      if (number !== undefined) this.#readIfChanged(name, Number(number));
    }
  }

  isStored(messageId: string): boolean {
    const address = parseMessageId(messageId);
    if (address === undefined) return false;
    return this.#nonces.get(address.jobDb)?.get(address.row) === address.nonce;
  }

  isBodyStored(bodyHash: string): boolean {
    return this.#bodyHashes.has(bodyHash);
  }

  isSettled(messageId: string, endpoint: string): boolean {
    const address = parseMessageId(messageId);
    return address !== undefined && this.#settled.has(keyOf(address.jobDb, address.row, endpoint));
  }

  #readIfChanged(name: string, number: number): void {
    const path = join(this.#jobDbFolder, name);
    const mark = `${markOf(path)} ${markOf(`${path}-wal`)}`;
    if (this.#marks.get(number) === mark) return;
    this.#marks.set(number, mark);
    const copy = join(this.#scratchFolder, name);
    copyFileSync(path, copy);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    try {
      this.#readCopy(copy, number);
    } finally {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(copy + suffix, { force: true });
    }
  }

  #readCopy(copy: string, number: number): void {
    const database = new DatabaseSync(copy);
    try {
      // A kill between a JobDb's creation and its first commit leaves a file without tables.
      if (database.prepare("PRAGMA user_version").get()?.["user_version"] === 0) return;
      const nonces = new Map<number, number>();
      for (const row of database.prepare("SELECT row, nonce, payload FROM message").iterate()) {
        nonces.set(Number(row["row"]), Number(row["nonce"]));
        if (row["payload"] instanceof Uint8Array) this.#bodyHashes.add(bodyHashOf(row["payload"]));
      }
      this.#nonces.set(number, nonces);
      const settled = database.prepare(
        "SELECT delivery / 65536 AS message, url FROM attempt WHERE settlement IS NOT NULL",
      );
      for (const row of settled.iterate()) {
        const endpoint = this.#endpointNames.get(String(row["url"])) ?? String(row["url"]);
        this.#settled.add(keyOf(number, Number(row["message"]), endpoint));
      }
    } finally {
      database.close();
    }
  }
}

function keyOf(jobDb: number, messageRow: number, endpoint: string): string {
  return `${jobDb}/${messageRow} at ${endpoint}`;
}

function markOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "none" : `${stats.size}@${stats.mtimeMs}`;
}
