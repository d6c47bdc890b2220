/** The archive as the other threads see it: a thread of its own does the work, and is started when it is first needed. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ArchiveFilter } from "../archive/manifest-filter.ts";
import type { ArchivePurges } from "../archive/purge-archives.ts";
import type { MissingJobDb } from "../archive/missing-job-dbs.ts";
import { PosthornError, uncarryError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { PurgeScope } from "../core/purge.ts";
import { threadFileOf } from "../core/thread-file.ts";
import type { Archives, ArchivesPage, ArchivesQuery } from "../director/archives.ts";
import type { Archive, Clock } from "../director/ports.ts";
import type {
  ArchiverAnswer,
  ArchiverCall,
  ArchiverThreadOptions,
  FromArchiver,
  StoredArchive,
  ToArchiver,
} from "./archiver-protocol.ts";

export interface ThreadedArchiveOptions extends ArchiverThreadOptions {
  readonly clock: Pick<Clock, "after">;
  /** Whether nothing should be put there now. */
  readonly rests: () => boolean;
  readonly onStored: (stored: StoredArchive) => void;
}

export class ThreadedArchive implements Archive, Archives {
  readonly #options: ThreadedArchiveOptions;
  readonly #waiting = new Map<number, PromiseWithResolvers<ArchiverAnswer>>();
  #worker: Worker | undefined;
  #lastId = 0;
  /** That were asked for and have not come. */
  #pages = 0;
  #stopping = false;

  constructor(options: ThreadedArchiveOptions) {
    this.#options = options;
  }

  get resting(): boolean {
    return this.#options.rests();
  }

  /**
   * Puts a drained JobDb there; resolves only when all of it was read back and compared. Repeating it is harmless.
   * Fails with `archive_failed`, `archive_foreign`, `jobdb_failed` or `shutting_down`.
   */
  async store(jobDb: number): Promise<void> {
    await this.#ask({ name: "store", jobDb });
  }

  /** Archives the undelivered messages of each drained JobDb that has not been looked at. Fails as `store`. */
  async storeUndelivered(): Promise<void> {
    await this.#ask({ name: "store-undelivered" });
  }

  /**
   * The archived JobDbs that may hold what is looked for and are not in the data folder, in the order of their first messages.
   * Fails with `archive_damaged` besides.
   */
  async findMissing(filter: ArchiveFilter): Promise<readonly MissingJobDb[]> {
    return (await this.#ask({ name: "find-missing", filter })).missing;
  }

  /** Some of what is there; it does not wait for what is being put there. Fails with `overloaded` besides. */
  async page(query: ArchivesQuery): Promise<ArchivesPage> {
    if (this.#pages >= limits.archivePagesWaitingMax)
      throw new PosthornError("overloaded", `${this.#pages} pages of the archive are asked for`);
    this.#pages += 1;
    try {
      return (await this.#ask({ name: "page", query })).page;
    } finally {
      this.#pages -= 1;
    }
  }

  /**
   * Restores a JobDb unless it is there: history and resends find it from then on. After a crash it is not there, or all of it is.
   * Fails with `archive_damaged` or `data_newer` besides.
   */
  async restore(jobDb: number): Promise<void> {
    await this.#ask({ name: "restore", jobDb });
  }

  /**
   * Erases what is in a scope from the archives of all JobDbs, or of one. Repeating it is harmless. Fails with `archive_failed`
   * or `shutting_down`.
   */
  async purge(scope: PurgeScope, jobDb: number | undefined): Promise<ArchivePurges> {
    return (await this.#ask({ name: "purge", scope, jobDb })).purged;
  }

  /** Ends the thread: what is under way is given up after the block that is being written, and done again by the next run. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = once(worker, "exit");
    const giveUp = this.#options.clock.after(limits.archiverStopMs, () => void worker.terminate());
    worker.postMessage("stop" satisfies ToArchiver);
    await exited;
    giveUp.stop();
  }

  async #ask(call: ArchiverCall): Promise<ArchiverAnswer> {
    if (this.#stopping) throw new PosthornError("shutting_down", "the archiver is stopped");
    const waiting = Promise.withResolvers<ArchiverAnswer>();
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, waiting);
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id: this.#lastId, call } satisfies ToArchiver);
    return waiting.promise;
  }

  #start(): Worker {
    const { place, outbound, jobDbFolder, ldbPath } = this.#options;
    const worker = new Worker(
      new URL(threadFileOf("archiver-thread", import.meta.url), import.meta.url),
      {
        name: "archiver",
        workerData: { place, outbound, jobDbFolder, ldbPath } satisfies ArchiverThreadOptions,
      },
    );
    worker.on("message", (message: FromArchiver) => this.#receive(message));
    worker.on("error", (error) =>
      this.#failAll(error instanceof Error ? error.message : String(error)),
    );
    worker.on("exit", () => {
      this.#worker = undefined;
      this.#failAll("it has ended");
    });
    return worker;
  }

  #receive(message: FromArchiver): void {
    if (message.kind === "stored") {
      this.#options.onStored(message.stored);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "done") waiting?.resolve(message.answer);
    else waiting?.reject(uncarryError(message.error, "archive_failed"));
  }

  #failAll(reason: string): void {
    const code = this.#stopping ? "shutting_down" : "archive_failed";
    const error = new PosthornError(code, `the archiver's thread is gone: ${reason}`);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
