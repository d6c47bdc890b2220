/** Those of SQLite's primary result codes that somebody decides by (sqlite.org/rescode.html). */
export const resultCodes = {
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

/** Whether a result code says that the file can't be made, opened or written as things are. */
export function isUnwritable(code: number): boolean {
  return unwritable.includes(code);
}
