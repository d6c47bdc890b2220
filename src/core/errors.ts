/**
 * Operational errors: what can go wrong while the program itself is right. One class, one table. Expected outcomes are
 * values instead, and programmer errors are assertions.
 */
const table = {
  config_invalid: { retryable: false },
  data_locked: { retryable: false },
  data_unwritable: { retryable: false },
  data_newer: { retryable: false },
  disk_full: { retryable: true },
  sqlite_too_old: { retryable: false },
  listen_failed: { retryable: false },
  jobdb_failed: { retryable: false },
  jobdb_stale_owner: { retryable: false },
  jobdb_dropped: { retryable: false },
  thread_died: { retryable: false },
  control_unavailable: { retryable: true },
  encryption_key_wrong: { retryable: false },
  secret_unreadable: { retryable: false },
  archive_failed: { retryable: true },
  archive_damaged: { retryable: false },
  archive_foreign: { retryable: false },
  conflict: { retryable: false },
  overloaded: { retryable: true },
  shutting_down: { retryable: true },
} as const satisfies Record<string, { readonly retryable: boolean }>;

export type ErrorCode = keyof typeof table;

export class PosthornError extends Error {
  override readonly name = "PosthornError";
  readonly code: ErrorCode;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = table[code].retryable;
  }
}

/** Whether the program itself is at fault, and not the disk, the machine or whoever runs it. */
export function isProgramFault(error: unknown): boolean {
  return !(error instanceof PosthornError) || error.code === "thread_died";
}

/** An error as it crosses threads: a class does not survive copying. */
export interface CarriedError {
  /** Undefined if it was not an operational one. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
}

export function carryError(error: unknown): CarriedError {
  return {
    code: error instanceof PosthornError ? error.code : undefined,
    message: error instanceof Error ? error.message : String(error),
  };
}

/** The other side of `carryError`; `otherwise` is the code of what was no operational error. */
export function uncarryError(error: CarriedError, otherwise: ErrorCode): PosthornError {
  return new PosthornError(error.code ?? otherwise, error.message);
}

/** A programmer error: this can't happen, and if it does nothing may go on. Stays on in production. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
