import { execFileSync } from "node:child_process";

/** The commit of the sources that run; `-dirty`: with changes. */
export function commitNow(): string {
  const options = { encoding: "utf8", cwd: import.meta.dirname } as const;
  return execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=12"], options).trim();
}
