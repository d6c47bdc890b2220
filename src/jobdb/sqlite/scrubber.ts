import { Worker } from "node:worker_threads";
import { limits } from "../../core/limits.ts";
import { threadFileOf } from "../../core/thread-file.ts";
import type { ScrubFinding } from "./scrub-log.ts";
import type { FromScrubber, ScrubberThreadOptions } from "./scrubber-thread.ts";

export interface ScrubberOptions {
  /** Of the JobDbs. It is there. */
  readonly folder: string;
  /** Free bytes of its disk below which no summaries of runs are made. */
  readonly freeBytesMin: number;
  /** A file is damaged. Malformed ones are marked, so that the next start sets them aside. */
  readonly onFound: (finding: ScrubFinding) => void;
  /** Everything has been looked at; the next round begins `limits.scrubIntervalMs` after this one began. */
  readonly onDone: () => void;
  /** It can't go on: nothing is looked at any more in this run. */
  readonly onFailure: (error: Error) => void;
}

/** Reads every JobDb once in `limits.scrubIntervalMs`, slowly and in its own thread, to find what a disk has altered in time; summarises runs. */
export class Scrubber {
  readonly #worker: Worker;

  constructor({ folder, freeBytesMin, onFound, onDone, onFailure }: ScrubberOptions) {
    const workerData: ScrubberThreadOptions = {
      folder,
      freeBytesMin,
      restFactor: limits.scrubRestFactor,
    };
    const entry = threadFileOf("scrubber-thread", import.meta.url);
    this.#worker = new Worker(new URL(entry, import.meta.url), { name: "scrubber", workerData });
    this.#worker.on("message", (message: FromScrubber) => {
      if (message.kind === "found") onFound(message.finding);
      else onDone();
    });
    this.#worker.on("error", onFailure);
  }

  /** What it writes may be torn, so it can be cut off anywhere. Idempotent. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
