export interface RevokedTokenRow {
  readonly key: number;
  readonly hash: string;
  readonly created_at_ms: number;
  /** When the token would have expired by itself; null: never. */
  readonly expires_at_ms: number | null;
}

export const revokedTokenColumns = [
  "key",
  "hash",
  "created_at_ms",
  "expires_at_ms",
] as const satisfies readonly (keyof RevokedTokenRow)[];
