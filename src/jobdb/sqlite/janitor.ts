/**
 * What takes a file milliseconds or more, off the committing thread, where nothing could be committed meanwhile: copying
 * pages from the WAL into the file with the fsync of the file, making the next file, and removing one. Its thread is
 * started when it is first needed.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { assert, uncarryError } from "../../core/errors.ts";
import { threadFileOf } from "../../core/thread-file.ts";
import type { JobDbFile } from "./job-db-file.ts";
import type { Chore, ChoreReply } from "./janitor-thread.ts";

export class Janitor {
  /** By kind and path. */
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  #worker: Worker | undefined;
  #stopped = false;

  /**
   * Copies what is in the WAL of a file now, as far as no reader needs it there; joins a checkpoint of it that is under way.
   * Fails if it can't be copied: then the file is not to be trusted any more.
   */
  checkpoint(path: string): Promise<void> {
    return this.#carryOut({ kind: "checkpoint", path });
  }

  /** Makes a file for its owner, durable when this resolves. Fails as openJobDbFile does. */
  make(file: JobDbFile): Promise<void> {
    return this.#carryOut({ kind: "make", path: file.path, file });
  }

  /** Removes a file that nobody has open as its owner; some GB take a file system a while. Durable when this resolves. */
  remove(path: string): Promise<void> {
    return this.#carryOut({ kind: "remove", path });
  }

  /** Ends the thread after the chores under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    const exited = once(worker, "exit");
    worker.postMessage("stop");
    await exited;
  }

  async #carryOut(chore: Chore): Promise<void> {
    assert(!this.#stopped, "no chores after the end");
    const underWay = this.#waiting.get(keyOf(chore));
    if (underWay !== undefined) return underWay.promise;
    const waiting = Promise.withResolvers<void>();
    this.#waiting.set(keyOf(chore), waiting);
    this.#worker ??= this.#start();
    this.#worker.postMessage(chore);
    return waiting.promise;
  }

  #start(): Worker {
    const entry = threadFileOf("janitor-thread", import.meta.url);
    const worker = new Worker(new URL(entry, import.meta.url), {
      name: "janitor",
    });
    worker.on("message", (reply: ChoreReply) => this.#settle(reply));
    worker.on("error", (error) => this.#failAll(error));
    worker.on("exit", () => {
      this.#worker = undefined;
      this.#failAll(new Error("the janitor's thread has ended"));
    });
    return worker;
  }

  #settle(reply: ChoreReply): void {
    const waiting = this.#waiting.get(keyOf(reply));
    this.#waiting.delete(keyOf(reply));
    if (reply.failure === undefined) waiting?.resolve();
    else waiting?.reject(uncarryError(reply.failure, "jobdb_failed"));
  }

  #failAll(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error));
    for (const { reject } of this.#waiting.values()) reject(cause);
    this.#waiting.clear();
  }
}

function keyOf({ kind, path }: Pick<Chore, "kind" | "path">): string {
  return `${kind} ${path}`;
}
