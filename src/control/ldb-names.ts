/** What applications and endpoints are called outside, by their keys, deleted ones too: read from the LDB, from any thread. */
import type { DatabaseSync } from "node:sqlite";
import type { ApplicationKey, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { BoundedCache } from "../core/bounded-cache.ts";
import { openControlReader } from "./control-connection.ts";

interface Name {
  readonly id: string;
  /** Given by the user, if at all. */
  readonly uid: string | undefined;
}

type NameRow = { readonly id: string; readonly uid: string | null };

/** Estimate of what a cached name takes. */
const nameBytes = 200;

export class LdbNames {
  readonly #database: DatabaseSync;
  readonly #application: (key: number) => Name | undefined;
  readonly #endpoint: (key: number) => Name | undefined;

  /** @throws PosthornError `control_unavailable` if there is no LDB; `sqlite_too_old` */
  constructor(path: string) {
    this.#database = openControlReader(path);
    this.#application = prepareSelectName(this.#database, "application");
    this.#endpoint = prepareSelectName(this.#database, "endpoint");
  }

  /** Undefined if there is none of this key. */
  application(key: ApplicationKey): Name | undefined {
    return this.#application(key);
  }

  /** Undefined if there is none of this key. */
  endpoint(key: EndpointKey): Name | undefined {
    return this.#endpoint(key);
  }

  /** Idempotent. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** Ids never change. A uid may, and is then remembered as it was for as long as the reader is used. */
function prepareSelectName(
  database: DatabaseSync,
  table: "application" | "endpoint",
): (key: number) => Name | undefined {
  const statement = database.prepare(`SELECT id, uid FROM ${table} WHERE key = ?`);
  const cache = new BoundedCache<number, Name>(limits.ldbCacheBytesMax);
  return (key) => {
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const row = statement.get(key) as NameRow | undefined; // the columns of the statement
    if (row === undefined) return undefined;
    const name = { id: row.id, uid: row.uid ?? undefined };
    cache.put(key, name, nameBytes);
    return name;
  };
}
