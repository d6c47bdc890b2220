/**
 * A file that only takes room: when the disk is full to the last byte it is given up, so that the outcomes of what was
 * accepted can still be committed. SQLite can't make room itself: on a full disk a DELETE and a checkpoint fail too.
 */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "../../core/limits.ts";

/** How much of it is missing in a folder of JobDbs. */
export async function missingBallastBytes(folder: string, wantedBytes: number): Promise<number> {
  const found = await stat(pathIn(folder)).catch(() => undefined);
  return Math.max(0, wantedBytes - (found?.size ?? 0));
}

/** Makes it durable with random bytes, which no file system packs. Fails as the system does, and then leaves none. */
export async function makeBallast(folder: string, bytes: number): Promise<void> {
  const file = await open(pathIn(folder), "w", 0o600);
  try {
    for (let left = bytes; left > 0; left -= limits.ballastChunkBytes) {
      await file.writeFile(randomBytes(Math.min(left, limits.ballastChunkBytes)));
    }
    await file.sync();
  } catch (error) {
    await rm(pathIn(folder), { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Gives it up. Nothing happens if that has been done: then another JobDb has made room. */
export function releaseBallast(folder: string): void {
  rmSync(pathIn(folder), { force: true });
}

function pathIn(folder: string): string {
  return join(folder, "ballast");
}
