/** What a simulated world has come to. */
export interface SimulationResult {
  readonly seed: number;
  /** Everything that must not have happened, in words; empty if all is well. */
  readonly violations: readonly string[];
  readonly acknowledged: number;
  readonly deliveries: number;
  readonly attempts: number;
  readonly crashes: number;
  /** That were acknowledged. */
  readonly resends: number;
  readonly erasures: number;
  readonly deletions: number;
  /** Deliveries that were cancelled by request. */
  readonly cancelled: number;
  /** That somebody has asked for. */
  readonly handPauses: number;
  readonly jobDbs: number;
  /** Of these. */
  readonly dropped: number;
  /** Arrivals after a 2xx, each explained by a crash. */
  readonly duplicates: number;
}
