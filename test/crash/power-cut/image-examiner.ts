/**
 * Opens a data folder as the next start of the server would, by the server's own code, and compares what is in it with what
 * was promised before the power was cut.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { SqliteControlWriter } from "../../../src/control/sqlite-control-writer.ts";
import { lockDataFolder } from "../../../src/jobdb/sqlite/data-folder-lock.ts";
import { SqliteJobDbStore } from "../../../src/jobdb/sqlite/sqlite-job-db-store.ts";
import { takeUpJobDbs } from "../../../src/jobdb/sqlite/take-up-job-dbs.ts";
import { keyRingOf } from "../../../src/main/key-ring-of.ts";
import { openReader } from "../../../src/sqlite/open-connection.ts";
import { readPragma } from "../../../src/sqlite/read-pragma.ts";
import { type ArchivedRows, readArchivedRows } from "./archived-rows.ts";
import type { ControlWrite, Pledges } from "./pledges.ts";
import type { Promises } from "./promises.ts";
import {
  jobDbOf,
  placeKey,
  readStoredRows,
  type StoredMessage,
  type StoredRows,
} from "./stored-rows.ts";

/** The kinds of what is wrong with an image. */
export type ImageFault =
  /** It can't be opened, or SQLite finds damage in it. */
  | "damaged"
  /** Acknowledged, and not there. */
  | "lost"
  /** There with other bytes, for fewer endpoints, or sent by nobody. */
  | "altered"
  /** A part of a batch, or a message without its answer. */
  | "half"
  /** An acknowledged control write is not there. */
  | "control-lost"
  /** The local copy is not what the control store says. */
  | "copy-differs";

export interface Complaint {
  readonly fault: ImageFault;
  readonly words: string;
}

/** All that a data folder has of messages. */
interface FolderRows extends StoredRows {
  readonly archived: ArchivedRows;
}

const readerCacheKiB = 1024;

export class ImageExaminer {
  readonly #pledges: Pledges;
  readonly #promises: Promises;
  readonly #serials: ReadonlyMap<string, number>;
  /** Of control writes by their marks, in the order of asking. */
  readonly #ordinals: ReadonlyMap<string, number>;
  /** How many deliveries a message has, by its place, as the server itself left it. */
  readonly #deliveries: ReadonlyMap<string, number>;

  /** @param whole messages of the folder when all of it was on the disk */
  private constructor(
    pledges: Pledges,
    promises: Promises,
    whole: ReadonlyMap<string, StoredMessage>,
  ) {
    this.#pledges = pledges;
    this.#promises = promises;
    this.#serials = new Map(pledges.payloads.map((payload, serial) => [payload, serial]));
    this.#ordinals = new Map(pledges.controlWrites.map(({ mark }, ordinal) => [mark, ordinal]));
    this.#deliveries = new Map(Array.from(whole, ([place, { deliveries }]) => [place, deliveries]));
  }

  /** @param folder with all of it on the disk */
  static async create(
    pledges: Pledges,
    promises: Promises,
    folder: string,
  ): Promise<ImageExaminer> {
    await openAsTheNextStart(folder); // a JobDb may have been under way
    const { messages } = await readFolderRows(folder);
    return new ImageExaminer(pledges, promises, messages);
  }

  /** @param cutAt the place of the power cut among the events: what was promised before must be there */
  async examine(folder: string, cutAt: number): Promise<readonly Complaint[]> {
    try {
      await openAsTheNextStart(folder);
      return this.#compare(folder, await readFolderRows(folder), cutAt);
    } catch (error) {
      return [{ fault: "damaged", words: String(error) }];
    }
  }

  #compare(folder: string, rows: FolderRows, cutAt: number): readonly Complaint[] {
    return [
      ...rows.complaints.map((words): Complaint => ({ fault: "damaged", words })),
      ...this.#lost(rows, cutAt),
      ...this.#altered(rows.messages),
      ...this.#altered(rows.archived.history),
      ...this.#altered(rows.archived.undelivered),
      ...this.#half(rows),
      ...this.#controlLost(folder, cutAt),
    ];
  }

  #lost({ messages }: StoredRows, cutAt: number): readonly Complaint[] {
    const complaints: Complaint[] = [];
    for (const { address, serial, givenAt } of this.#promises.messages) {
      if (givenAt >= cutAt) break;
      const place = placeKey(address.jobDb, address.row);
      const stored = messages.get(place);
      if (stored === undefined || stored.nonce !== address.nonce) {
        complaints.push({ fault: "lost", words: `message ${place}, serial ${serial}` });
      } else if (!stored.isErased && stored.payload !== this.#pledges.payloads[serial]) {
        complaints.push({ fault: "altered", words: `the payload of message ${place}` });
      }
    }
    return complaints;
  }

  #altered(messages: ReadonlyMap<string, StoredMessage>): readonly Complaint[] {
    const erased = new Set(this.#pledges.erased);
    const complaints: Complaint[] = [];
    let erasedCount = 0;
    for (const [place, { payload, isErased, deliveries }] of messages) {
      if (isErased) erasedCount += 1;
      else if (!this.#serials.has(payload)) {
        complaints.push({ fault: "altered", words: `nobody has sent message ${place}` });
      }
      const expected = this.#deliveries.get(place) ?? deliveries;
      if (deliveries !== expected) {
        const words = `message ${place} has ${deliveries} of ${expected} deliveries`;
        complaints.push({ fault: "altered", words });
      }
    }
    if (erasedCount > erased.size) {
      const words = `${erasedCount} payloads are erased, ${erased.size} were to be`;
      complaints.push({ fault: "altered", words });
    }
    return complaints;
  }

  /** A batch has all of its messages or none, a message with an idempotency key its answer, which is not archived. */
  #half({ messages, answered, archived }: FolderRows): readonly Complaint[] {
    const places = this.#placesBySerial(messages);
    const complaints: Complaint[] = [];
    const erased = new Set(this.#pledges.erased);
    for (const { firstSerial, count } of this.#pledges.batches) {
      const serials = Array.from({ length: count }, (_, index) => firstSerial + index);
      const seen = serials.filter((serial) => !erased.has(serial));
      const stored = seen.filter((serial) => places.has(serial)).length;
      if (stored === 0 || stored === seen.length) continue;
      const words = `${stored} of the ${seen.length} messages of a batch`;
      complaints.push({ fault: "half", words });
    }
    for (const serial of this.#pledges.keyed) {
      const place = places.get(serial);
      if (place === undefined || answered.has(place) || archived.history.has(place)) continue;
      complaints.push({ fault: "half", words: `message ${place} has no answer` });
    }
    return complaints;
  }

  #placesBySerial(messages: ReadonlyMap<string, StoredMessage>): ReadonlyMap<number, string> {
    const places = new Map<number, string>();
    for (const [place, { payload }] of messages) {
      const serial = this.#serials.get(payload);
      if (serial !== undefined) places.set(serial, place);
    }
    return places;
  }

  #controlLost(folder: string, cutAt: number): readonly Complaint[] {
    const given = this.#promises.controlWrites.filter(({ givenAt }) => givenAt < cutAt);
    const writes = given.map(({ write }) => write);
    return (["control.db", "ldb.db"] as const).flatMap((file) => {
      const database = openReader(join(folder, file), readerCacheKiB);
      try {
        const fault = file === "control.db" ? "control-lost" : "copy-differs";
        const names = database.prepare("SELECT uid, name FROM application").all();
        const namesByUid = new Map(names.map((row) => [String(row["uid"]), String(row["name"])]));
        const endpoints = database.prepare("SELECT uid FROM endpoint").all();
        const uids = new Set(endpoints.map((row) => String(row["uid"])));
        const missing = writes.filter((write) =>
          write.what === "endpoint"
            ? !uids.has(write.mark)
            : !this.#isNamed(write, namesByUid.get(write.applicationUid)),
        );
        const verdict = readPragma(database, "integrity_check");
        return [
          ...missing.map(({ what, mark }): Complaint => ({ fault, words: `${what} ${mark}` })),
          ...(verdict === "ok" ? [] : [{ fault: "damaged", words: String(verdict) } as const]),
        ];
      } finally {
        database.close();
      }
    });
  }

  /** By this write, or by a later one of the same application. */
  #isNamed({ mark }: ControlWrite, name: string | undefined): boolean {
    const found = this.#ordinals.get(name ?? "") ?? -1;
    return found >= (this.#ordinals.get(mark) ?? Infinity);
  }
}

/**
 * What is in JobDbs, and the history of those that are gone. A JobDb must have all that its archive has: it is archived after all
 * in it was settled, and durably so.
 */
async function readFolderRows(folder: string): Promise<FolderRows> {
  const stored = readStoredRows(join(folder, "jobdb"));
  const archived = await readArchivedRows(join(folder, "archive"));
  const messages = new Map(stored.messages);
  const complaints = [...stored.complaints, ...archived.complaints];
  for (const [place, message] of archived.history) {
    if (messages.has(place)) continue;
    messages.set(place, message);
    if (stored.jobDbs.has(jobDbOf(place))) complaints.push(`${place} is in the archive alone`);
  }
  return { ...stored, messages, complaints, archived };
}

/** What `startServer` of main does with the files, in this thread. */
async function openAsTheNextStart(folder: string): Promise<void> {
  const jobDbFolder = join(folder, "jobdb");
  const lock = lockDataFolder(folder);
  try {
    const { quarantined } = takeUpJobDbs(jobDbFolder);
    // A power cut tears what was not synced, which SQLite finds and leaves out: it damages nothing.
    for (const { jobDb, reason } of quarantined)
      throw new Error(`JobDb ${jobDb} is taken for damaged: ${reason}`);
    const files = { controlPath: join(folder, "control.db"), ldbPath: join(folder, "ldb.db") };
    const keyRing = keyRingOf({ data: folder, encryptionKeys: undefined });
    const sources = { nowMs: Date.now, randomBytes, keyRing };
    const control = new SqliteControlWriter(files, sources, () => undefined);
    control.close();
    const store = new SqliteJobDbStore(jobDbFolder, { index: 0, count: 1, epoch: lock.epoch });
    try {
      await store.unsettled();
      await store.create();
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}
