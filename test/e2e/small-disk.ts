import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

/** A file system of its own that a test can fill. */
export interface SmallDisk {
  readonly path: string;
  /** Takes room until only so much is free; 0: to the last byte. */
  fill(bytesLeft: number): void;
  /** Gives back all that `fill` has taken. */
  free(): void;
  unmount(): void;
}

/** @returns why there can't be one: it takes an administrator's rights */
export function mountSmallDisk(path: string, mebibytes: number): SmallDisk | string {
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", path]);
  } catch (error) {
    return `no file system can be mounted here: ${String(error)}`;
  }
  const filling = join(path, "filling");
  const unmount = (): void => {
    process.off("exit", unmount);
    execFileSync("umount", ["-l", path]);
  };
  process.prependListener("exit", unmount); // before the folder is removed that it lies in
  return {
    path,
    fill: (bytesLeft) => {
      const { bavail, bsize } = statfsSync(path);
      for (let left = bavail * bsize - bytesLeft; left > 0; left -= blockBytes) {
        if (!append(filling, Math.min(left, blockBytes))) return;
      }
    },
    free: () => rmSync(filling),
    unmount,
  };
}

const blockBytes = 4096;

/** Whether there was room for it: somebody else may have taken it meanwhile. */
function append(path: string, bytes: number): boolean {
  try {
    appendFileSync(path, Buffer.alloc(bytes));
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOSPC") return false;
    throw error;
  }
}
