import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** The system's number of the disk where a path is, or would be made. */
export function diskOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.dev ?? diskOf(dirname(resolve(path)));
}
