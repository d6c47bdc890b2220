/** How long to wait after so many failures in a row, at least one: `firstMs`, then twice as long each time, up to `mostMs`. */
export function growingWaitMs(
  failures: number,
  { firstMs, mostMs }: { readonly firstMs: number; readonly mostMs: number },
): number {
  return Math.min(firstMs * 2 ** (failures - 1), mostMs);
}
