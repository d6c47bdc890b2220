import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ScratchFolder {
  readonly path: string;
  /** Removes it with all that is in it. Happens by itself when the process ends. */
  remove(): void;
}

/** A new, empty folder of this process under the system's folder for temporary files. */
export function makeScratchFolder(name: string): ScratchFolder {
  const path = mkdtempSync(join(tmpdir(), `posthorn-${name}-`));
  const remove = (): void => {
    process.off("exit", remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.on("exit", remove);
  return { path, remove };
}
