/** Milliseconds of CLOCK_MONOTONIC with fractions: the same clock in every process of a machine. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
