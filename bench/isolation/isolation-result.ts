import type { Spread } from "../throughput-result.ts";
import type { Machine, Revision } from "../machine.ts";
import type { Scheduling } from "../scheduling.ts";

export interface IsolationOptions {
  /** Length of a window of the healthy customers' load. */
  readonly seconds: number;
  /** How often a disturbance comes and goes. */
  readonly turns: number;
  /** Messages of healthy customers, of all together, a second. */
  readonly healthyPerSecond: number;
  /** Sizes of the issue instead of those that take minutes. */
  readonly long: boolean;
  /**
   * Of the processes that are machines of their own elsewhere: whoever disturbs, and their receivers. `normal`: what they
   * compute is felt like what Posthorn does. `idle`: what is felt is what Posthorn does for them.
   */
  readonly disturber: Scheduling;
  /** `POSTHORN_BULK_SHARE` of the server beside disturbances; undefined: its own. */
  readonly bulkShare?: number;
}

/** What the healthy customers had in one window. */
export interface HealthyWindow {
  readonly offeredPerSecond: number;
  /** Arrived at their endpoints. */
  readonly deliveredPerSecond: number;
  /** From the start of the POST to the arrival, of what arrived in the window; NaN (null in JSON) if nothing did. */
  readonly endToEndMs: Spread;
  /** From the start of the POST to its 202. */
  readonly acceptMs: Spread;
  /** How late the load generator was: more than a little, and the window says nothing of the server. */
  readonly latenessMs: Spread;
  /** Not answered 202, from the beginning of the warm-up on. */
  readonly failed: number;
  /** Of all threads of the server, share of one core. */
  readonly serverCores: number;
}

/** What the others did meanwhile. */
export interface DisturbingWindow {
  readonly acceptedPerSecond: number;
  /** Messages, before the window too. */
  readonly acceptedEver: number;
  readonly failed: number;
  /** Arrived at their endpoints, a second. */
  readonly arrivedPerSecond: number;
}

/** Ratios are with ÷ without; Infinity (null in JSON) for latencies if nothing arrived. */
export interface DisturbedTurn {
  readonly without: HealthyWindow;
  readonly with: HealthyWindow;
  readonly disturbing: DisturbingWindow;
  readonly p50Ratio: number;
  readonly p99Ratio: number;
  readonly throughputRatio: number;
}

/** The healthy customers with a disturbance against without it, turn by turn. */
export interface DisturbedResult {
  readonly kind: "disturbed";
  readonly name: string;
  readonly method: string;
  readonly turns: readonly DisturbedTurn[];
  /** Medians. */
  readonly p50Ratio: number;
  readonly p99Ratio: number;
  readonly throughputRatio: number;
  /** Of the quietest window with and the quietest without: other programs of the machine only ever add to a latency. */
  readonly quietestP99Ratio: number;
}

export interface SlotTimeResult {
  readonly kind: "slot-time";
  readonly name: string;
  readonly method: string;
  /** Jain's index of the slot time of each application: 1 if all are equal, 1 ÷ n if one has all. */
  readonly index: number;
  /** Slots in use in the mean, of all applications. */
  readonly slots: number;
  /** Slots in use in the mean, of each application. */
  readonly slotsByApplication: readonly number[];
}

export interface RecoveryResult {
  readonly kind: "recovery";
  readonly name: string;
  readonly method: string;
  readonly backlog: number;
  readonly throttleRate: number;
  /** Requests at the endpoint in each 100 ms from the first that it answered, the first ten seconds. */
  readonly per100Ms: readonly number[];
  /** The most requests in any one second. */
  readonly perSecondMax: number;
  /** From coming back to the first request, and from there to the last of the backlog. */
  readonly firstAfterMs: number;
  readonly drainedAfterMs: number;
  readonly perSecondMean: number;
  /** Of the others: windows while the endpoint is down, while it drains, and after. */
  readonly down: readonly HealthyWindow[];
  readonly draining: readonly HealthyWindow[];
  readonly after: readonly HealthyWindow[];
  /** Median p99 while draining ÷ median p99 of the other windows. */
  readonly p99Ratio: number;
  readonly quietestP99Ratio: number;
}

export interface BacklogResult {
  readonly kind: "backlog";
  readonly name: string;
  readonly method: string;
  readonly pending: number;
  readonly acceptedPerSecond: number;
  readonly megabytesOnDisk: number;
  /** MiB; the first is that of a server that has nothing to do yet. */
  readonly rssIdleMiB: number;
  readonly rssFilledMiB: number;
  readonly rssFillingPeakMiB: number;
  readonly rssRestartedMiB: number;
  readonly rssRestartedPeakMiB: number;
  /** From starting the process to the first 204 of `/api/v1/health/ping`, after SIGKILL. */
  readonly restartMs: number;
  readonly emptyStartMs: number;
  /** The others: before there was a backlog, beside it, and while the restarted server reads it. */
  readonly before: readonly HealthyWindow[];
  readonly beside: readonly HealthyWindow[];
  readonly restarted: readonly HealthyWindow[];
  readonly besideP99Ratio: number;
  readonly restartedP99Ratio: number;
  readonly besideQuietestP99Ratio: number;
  readonly restartedQuietestP99Ratio: number;
}

export type ScenarioResult = DisturbedResult | SlotTimeResult | RecoveryResult | BacklogResult;

export interface IsolationResult {
  readonly machine: Machine;
  readonly revision: Revision;
  readonly options: IsolationOptions & { readonly payloadBytes: number };
  readonly scenarios: readonly ScenarioResult[];
}
