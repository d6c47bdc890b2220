import type { Page } from "../../director/facade.ts";

/** A row of a listing: where it stands in the listing's order, and where to read it. */
export interface RowKey {
  readonly atMs: number;
  readonly jobDb: number;
  readonly row: number;
}

/** What one JobDb has for a listing, in its order. */
export interface KeySource {
  readonly keys: AsyncIterator<RowKey>;
  /** No key of it comes before this in the order of the listing, Unix milliseconds; infinite if that is not known. */
  readonly nearestAtMs: number;
}

/** The first `limit` keys of all sources together. A source that only has what comes after these is not asked for any. */
export async function mergeKeys(
  sources: readonly KeySource[],
  { direction, limit }: Pick<Page, "direction" | "limit">,
): Promise<readonly RowKey[]> {
  const sign = direction === "older" ? -1 : 1;
  const heads = new Map<AsyncIterator<RowKey>, RowKey>();
  const waiting = sources.toSorted(
    (left, right) => sign * compare(right.nearestAtMs, left.nearestAtMs),
  );
  const merged: RowKey[] = [];
  while (merged.length < limit) {
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      const head = nearestHead(heads, sign)?.key.atMs;
      if (head !== undefined && sign * compare(next.nearestAtMs, head) > 0) break;
      waiting.pop();
      await advance(heads, next.keys);
    }
    const nearest = nearestHead(heads, sign);
    if (nearest === undefined) break;
    merged.push(nearest.key);
    await advance(heads, nearest.source);
  }
  return merged;
}

async function advance(
  heads: Map<AsyncIterator<RowKey>, RowKey>,
  source: AsyncIterator<RowKey>,
): Promise<void> {
  const next = await source.next();
  if (next.done === true) heads.delete(source);
  else heads.set(source, next.value);
}

function nearestHead(
  heads: ReadonlyMap<AsyncIterator<RowKey>, RowKey>,
  sign: 1 | -1,
): { readonly source: AsyncIterator<RowKey>; readonly key: RowKey } | undefined {
  let nearest: { readonly source: AsyncIterator<RowKey>; readonly key: RowKey } | undefined;
  for (const [source, key] of heads) {
    if (nearest === undefined || sign * compareKeys(key, nearest.key) < 0)
      nearest = { source, key };
  }
  return nearest;
}

/** Differences of infinities are none. */
function compare(left: number, right: number): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Negative if the first comes before the second in time. */
function compareKeys(first: RowKey, second: RowKey): number {
  return first.atMs - second.atMs || first.jobDb - second.jobDb || first.row - second.row;
}
