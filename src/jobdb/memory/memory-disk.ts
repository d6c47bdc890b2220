/**
 * What survives a crash of the simulated process: the files of a folder of JobDbs. A commit is durable when its flush has
 * ended; one that is under way when the process crashes survives wholly or not at all, as `survives` decides.
 */
import type { AnswerRow } from "../../core/answer.ts";
import type { DeliveryNumber } from "../../core/delivery.ts";
import { PosthornError } from "../../core/errors.ts";
import type { EndpointKey } from "../../core/ids.ts";
import type { AttemptRow, MessageRow, Resend } from "../../core/message.ts";

/** One JobDb as it is on the disk. */
export interface MemoryFile {
  readonly number: number;
  /** Of the last owner that opened it. */
  epoch: number;
  sealed: boolean;
  drained: boolean;
  readonly messages: MessageRow[];
  /** By endpoint and message: its deliveries, however they came to be. */
  readonly deliveries: Map<string, DeliveryNumber>;
  /** By message row: how many endpoints it is for. */
  readonly recipients: Map<number, number>;
  /** Endpoints that have deliveries here. */
  readonly endpoints: Set<EndpointKey>;
  /** By endpoint: its deliveries that were not skipped, in order. */
  readonly queues: Map<EndpointKey, DeliveryNumber[]>;
  /** In the order of recording. */
  readonly attempts: AttemptRow[];
  readonly attemptsByDelivery: Map<DeliveryNumber, AttemptRow[]>;
  /** By endpoint: the attempts that planned a retry. */
  readonly plans: Map<EndpointKey, PlanningAttempt[]>;
  /** In the order of recording. */
  readonly answers: AnswerRow[];
  readonly resends: StoredResend[];
  /** Rows of messages whose payload was erased. */
  readonly erased: Set<number>;
}

type PlanningAttempt = AttemptRow & { readonly retryAtMs: number };

/** With the delivery that it is of, and its row. */
type StoredResend = Resend & { readonly delivery: DeliveryNumber; readonly row: number };

export interface MemoryDiskOptions {
  /** Resolves when a commit has reached the disk, by default at once; rejects for an I/O error. */
  readonly flush?: () => Promise<void>;
  /** Whether a commit whose flush has not ended survives a crash; by default none does. */
  readonly survives?: () => boolean;
}

/** A change on its way to the disk. */
interface Write {
  readonly apply: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class MemoryDisk {
  readonly files = new Map<number, MemoryFile>();
  readonly #options: MemoryDiskOptions;
  /** In the order in which they reach the disk, one after the other; the first is being flushed. */
  readonly #writes: Write[] = [];
  #crashes = 0;

  constructor(options: MemoryDiskOptions = {}) {
    this.#options = options;
  }

  /** How often the process has crashed: whoever was started before the last time is dead. */
  get crashes(): number {
    return this.#crashes;
  }

  /** Resolves when `apply` has changed the files for good. Fails with what it throws, or if the process crashes first. */
  async write(apply: () => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#writes.push({ apply, resolve, reject });
    if (this.#writes.length === 1) void this.#flush(); // gives every error to the write that it belongs to
    return promise;
  }

  /** The process dies. Nothing that was under way is answered with success, whether it survives or not. */
  crash(): void {
    this.#crashes += 1;
    const crash = new PosthornError("jobdb_failed", "the simulated process has crashed");
    let surviving = true;
    for (const { apply, reject } of this.#writes.splice(0)) {
      surviving &&= this.#options.survives?.() ?? false;
      try {
        if (surviving) apply();
      } catch {
        // A write that may not be made (its owner is stale) does not survive either.
      }
      reject(crash);
    }
  }

  async #flush(): Promise<void> {
    for (let write = this.#writes[0]; write !== undefined; write = this.#writes[0]) {
      try {
        await this.#options.flush?.();
        if (this.#writes[0] !== write) return;
        write.apply();
        write.resolve();
      } catch (error) {
        write.reject(error);
      }
      if (this.#writes[0] === write) this.#writes.shift();
    }
  }
}
