const units = ["B", "KiB", "MiB", "GiB", "TiB"];

/** Such as "340 B", "2.1 KiB" or "12 MiB". */
export function bytesOf(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
