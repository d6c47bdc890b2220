/** Answers of the API as text for a terminal: no colours, so a pipe gets the same. */

type Row = Readonly<Record<string, unknown>>;

/** A head and a line for each row, in columns as wide as their widest cell. */
export function tableOf(columns: readonly string[], rows: readonly Row[]): string {
  const table = [columns, ...rows.map((row) => columns.map((column) => cellOf(row[column])))];
  const widths = columns.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  return table.map((row) => lineOf(row, widths)).join("\n");
}

/** A line for each field. */
export function fieldsOf(row: Row): string {
  const names = Object.keys(row);
  const width = Math.max(0, ...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)}  ${cellOf(row[name])}`).join("\n");
}

/** @param widths of the columns, in characters */
export function lineOf(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, at) => cell.padEnd(widths[at] ?? 0))
    .join("  ")
    .trimEnd();
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return printable(typeof value === "string" ? value : JSON.stringify(value));
}

/** Control characters are what strangers could drive a terminal with. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "\u{fffd}");
}
