/**
 * The value that a share of all values does not exceed (nearest rank); NaN of nothing.
 *
 * @param sorted in ascending order
 * @param share in [0, 1]: 0.5 is the median
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.min(sorted.length, Math.max(1, Math.ceil(share * sorted.length)));
  return sorted[rank - 1] ?? Number.NaN;
}
