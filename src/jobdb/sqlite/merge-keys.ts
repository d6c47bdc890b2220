import type { Page } from "../../director/facade.ts";

/** A row of a listing: where it stands in the listing's order, and where to read it. */
export interface RowKey {
  readonly atMs: number;
  readonly jobDb: number;
  readonly row: number;
}

/** The first `limit` keys of all sources together, each source being in the order of the listing. */
export async function mergeKeys(
  sources: readonly AsyncIterator<RowKey>[],
  { direction, limit }: Pick<Page, "direction" | "limit">,
): Promise<readonly RowKey[]> {
  const sign = direction === "older" ? -1 : 1;
  const heads = new Map<AsyncIterator<RowKey>, RowKey>();
  for (const source of sources) await advance(heads, source);
  const merged: RowKey[] = [];
  while (merged.length < limit) {
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

/** Negative if the first comes before the second in time. */
function compareKeys(first: RowKey, second: RowKey): number {
  return first.atMs - second.atMs || first.jobDb - second.jobDb || first.row - second.row;
}
