export interface SigningSecretRow {
  readonly key: number;
  readonly endpoint: number;
  /** With its prefix. */
  readonly secret: string;
  readonly created_at_ms: number;
  /** Null: the endpoint's current one. */
  readonly expires_at_ms: number | null;
}

export const signingSecretColumns = [
  "key",
  "endpoint",
  "secret",
  "created_at_ms",
  "expires_at_ms",
] as const satisfies readonly (keyof SigningSecretRow)[];
