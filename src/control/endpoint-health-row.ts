export interface EndpointHealthRow {
  /** The endpoint's. */
  readonly key: number;
  /** JSON of an `EndpointPause` (core/endpoint-pause.ts). */
  readonly pause: string;
  readonly updated_at_ms: number;
}

export const endpointHealthColumns = [
  "key",
  "pause",
  "updated_at_ms",
] as const satisfies readonly (keyof EndpointHealthRow)[];
