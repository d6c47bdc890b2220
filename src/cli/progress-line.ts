import process from "node:process";

const barCharacters = 24;

/** How far long work has come: a bar, if it is known how much there is. */
export function progressText(done: number, total: number | null): string {
  const shown = done.toLocaleString("en");
  if (total === null) return shown;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * barCharacters);
  const bar = `${"#".repeat(filled)}${".".repeat(barCharacters - filled)}`;
  return `[${bar}] ${shown} of ${total.toLocaleString("en")}`;
}

/** A line on standard error that is written over as the work goes on, and is gone in the end; nothing if that is no terminal. */
export class ProgressLine {
  readonly #isSeen = process.stderr.isTTY;

  show(done: number, total: number | null): void {
    if (this.#isSeen) process.stderr.write(`\r\u001B[K${progressText(done, total)}`);
  }

  end(): void {
    if (this.#isSeen) process.stderr.write("\r\u001B[K");
  }
}
