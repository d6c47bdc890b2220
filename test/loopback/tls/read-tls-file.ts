import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The text of a file in this folder. */
export function readTlsFile(name: string): string {
  return readFileSync(join(import.meta.dirname, name), "utf8");
}
