import { createSecretKey } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ControlSources } from "../../src/control/control-store.ts";
import type { EncryptionKey } from "../../src/control/key-ring.ts";
import type { ControlFiles } from "../../src/control/sqlite-control-writer.ts";

export interface ScratchControl {
  readonly files: ControlFiles;
  /** Time stands still unless a test sets it. */
  readonly clock: { atMs: number };
  /** Of that clock, random bytes that count up, and an encryption key. */
  readonly sources: ControlSources;
}

/** A key of its number, which is below 256. */
export function encryptionKeyOf(id: string, number: number): EncryptionKey {
  return { id, key: createSecretKey(Buffer.alloc(32, number)) };
}

/** A folder for a control store and an LDB that is gone after the test, and exact time and randomness. */
export function scratchControl(t: TestContext): ScratchControl {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-control-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = { atMs: 1_700_000_000_000 };
  let drawn = 0;
  return {
    files: { controlPath: join(folder, "control.db"), ldbPath: join(folder, "ldb.db") },
    clock,
    sources: {
      nowMs: () => clock.atMs,
      randomBytes: (count) => {
        drawn += 1;
        const bytes = new Uint8Array(count);
        new DataView(bytes.buffer).setUint32(0, drawn);
        return bytes;
      },
      keyRing: [encryptionKeyOf("k1", 1)],
    },
  };
}
