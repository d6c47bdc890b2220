/**
 * Checkpoints off the committing thread: copying pages from the WAL into the file, and the fsync of the file, take
 * milliseconds in which nothing could be committed. Its thread is started when it is first needed.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { assert, uncarryError } from "../../core/errors.ts";
import { threadFileOf } from "../../core/thread-file.ts";
import type { CheckpointReply, CheckpointRequest } from "./checkpointer-thread.ts";

export class Checkpointer {
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  #worker: Worker | undefined;
  #stopped = false;

  /**
   * Copies what is in the WAL of a file now, as far as no reader needs it there; joins a checkpoint of it that is under way.
   * Fails with `disk_full` if there is no room for it, or `data_unwritable` if the file can't be opened (for want of
   * descriptors, say), and nothing is lost by that; with anything else if it can't be
   * copied: then the file is not to be trusted any more.
   */
  async checkpoint(path: string): Promise<void> {
    assert(!this.#stopped, "no checkpoints after the end");
    const underWay = this.#waiting.get(path);
    if (underWay !== undefined) return underWay.promise;
    const waiting = Promise.withResolvers<void>();
    this.#waiting.set(path, waiting);
    this.#worker ??= this.#start();
    this.#worker.postMessage({ path } satisfies CheckpointRequest);
    return waiting.promise;
  }

  /** Ends the thread after the checkpoints under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    const exited = once(worker, "exit");
    worker.postMessage("stop" satisfies CheckpointRequest);
    await exited;
  }

  #start(): Worker {
    const entry = threadFileOf("checkpointer-thread", import.meta.url);
    const worker = new Worker(new URL(entry, import.meta.url), {
      name: "checkpointer",
    });
    worker.on("message", (reply: CheckpointReply) => this.#settle(reply));
    worker.on("error", (error) => this.#failAll(error));
    worker.on("exit", () => {
      this.#worker = undefined;
      this.#failAll(new Error("the checkpointer's thread has ended"));
    });
    return worker;
  }

  #settle(reply: CheckpointReply): void {
    const waiting = this.#waiting.get(reply.path);
    this.#waiting.delete(reply.path);
    if (reply.failure === undefined) waiting?.resolve();
    else waiting?.reject(uncarryError(reply.failure, "jobdb_failed"));
  }

  #failAll(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error));
    for (const { reject } of this.#waiting.values()) reject(cause);
    this.#waiting.clear();
  }
}
