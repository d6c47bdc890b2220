import type { Machine, Revision } from "./machine.ts";

export interface ThroughputOptions {
  /** Length of a window of Posthorn; the ceiling's is half as long. */
  readonly seconds: number;
  /** How often the ceiling and Posthorn take turns. */
  readonly rounds: number;
  /** Four make an application. */
  readonly endpoints: number;
  /** Requests that wait for an answer at once. */
  readonly inFlight: number;
}

export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

export interface CeilingRound {
  readonly perSecond: number;
  readonly latencyMs: Spread;
}

/** A window of Posthorn. Rates are per second of the window, CPU is microseconds per delivered event. */
export interface PosthornRound {
  /** Answered 202. */
  readonly acceptedPerSecond: number;
  /** Arrived at the receiver. */
  readonly deliveredPerSecond: number;
  /** Outcomes that were known in the window and committed. */
  readonly recordedPerSecond: number;
  /** From the start of the POST to its answer. */
  readonly acceptMs: Spread;
  /** From the start of the POST to the arrival at the receiver. */
  readonly endToEndMs: Spread;
  readonly serverCpuMicros: Readonly<Record<string, number>>;
  readonly serverCpuMicrosAll: number;
  readonly loadCpuMicros: number;
  readonly receiverCpuMicros: number;
}

export interface ThroughputResult {
  readonly machine: Machine;
  readonly revision: Revision;
  readonly options: ThroughputOptions & { readonly payloadBytes: number };
  readonly ceiling: readonly CeilingRound[];
  readonly posthorn: readonly PosthornRound[];
  /** Delivered ÷ the ceiling of the same round, and the median of them. */
  readonly ratios: readonly number[];
  readonly ratio: number;
  /** At half of the median of the delivered rates, requests started by the clock. */
  readonly halfLoad: PosthornRound & {
    readonly offeredPerSecond: number;
    /** How late the load generator was. */
    readonly latenessMs: Spread;
  };
  readonly memory: { readonly rssMiB: number; readonly peakMiB: number };
  readonly total: {
    readonly accepted: number;
    readonly failed: number;
    readonly arrived: number;
    readonly attempts: number;
    readonly settled: number;
    readonly bytesPerEvent: number;
  };
}
