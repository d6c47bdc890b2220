/** Those of SQLite's primary result codes that somebody decides by (sqlite.org/rescode.html). */
export const resultCodes = {
  error: 1,
  permission: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

const unwritable: readonly number[] = [
  resultCodes.permission,
  resultCodes.readOnly,
  resultCodes.cannotOpen,
];

/** SQLite's primary result code, whatever the extended one; undefined if the error is not SQLite's. */
export function resultCodeOf(error: unknown): number | undefined {
  const isSqlite = error instanceof Error && "errcode" in error;
  return isSqlite && typeof error.errcode === "number" ? error.errcode & 255 : undefined;
}

/** Whether the file's content is not what SQLite has written. */
export function isDamage(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === resultCodes.corrupt || code === resultCodes.notADatabase;
}

/** The memory that readers and writers of a WAL share lies in a file too, which has to grow with the WAL (SQLITE_IOERR_SHMSIZE). */
const sharedMemoryFull = 10 | (19 << 8);

/** Whether there was no room on the disk. The transaction is undone then, and nothing is uncertain: writing failed, not syncing. */
export function isFull(error: unknown): boolean {
  if (resultCodeOf(error) === resultCodes.full) return true;
  return error instanceof Error && "errcode" in error && error.errcode === sharedMemoryFull;
}

/** Whether a result code says that the file can't be made, opened or written as things are. */
export function isUnwritable(code: number): boolean {
  return unwritable.includes(code);
}
