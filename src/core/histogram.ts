/** How often something took how long: counts for ranges with fixed bounds, so that histograms of several threads add up. */
export interface Histogram {
  /** Upper bounds of the ranges, each included, ascending; milliseconds. */
  readonly boundsMs: readonly number[];
  /** A count for each range, and last that of everything above. */
  readonly counts: readonly number[];
  /** Of all values, milliseconds. */
  readonly sumMs: number;
}

/** The place of the range that a value falls into. */
export function rangeOf(boundsMs: readonly number[], valueMs: number): number {
  let at = 0;
  // Most values are small, so this ends sooner than a search by halves.
  while (at < boundsMs.length && valueMs > (boundsMs[at] ?? Infinity)) at += 1;
  return at;
}

/**
 * Which value a share of all is not above, milliseconds, as if they were spread evenly within their range. Above the last
 * bound nothing is known, so it is that bound. Undefined if there are none.
 *
 * @param share from 0 to 1
 */
export function quantileOf({ boundsMs, counts }: Histogram, share: number): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let below = 0;
  let lowerMs = 0;
  for (const [at, upperMs] of boundsMs.entries()) {
    const count = counts[at] ?? 0;
    if (count > 0 && below + count >= share * all)
      return lowerMs + (upperMs - lowerMs) * Math.max(0, (share * all - below) / count);
    below += count;
    lowerMs = upperMs;
  }
  return lowerMs;
}
