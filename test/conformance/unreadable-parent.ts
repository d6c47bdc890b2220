/** A folder that may be written and not read, for a process that such permissions hold for: they do not for root. */
import { execFile } from "node:child_process";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { makeScratchFolder } from "../e2e/scratch-folder.ts";

/** By custom the user that owns nothing. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const writeAndSearch = 0o311;
const everything = 0o700;

export interface UnreadableParent {
  /** Of a folder in it that is not there. */
  readonly folder: string;
  /** Makes the folder, as somebody may have done before. */
  readonly make: () => void;
  /**
   * Runs a function's body, which has the folder and what the module exports, in a process that has loaded the module and is not
   * root. Resolves to what it returns.
   */
  readonly run: (module: URL, body: string) => Promise<unknown>;
}

export function makeUnreadableParent(t: TestContext): UnreadableParent {
  const scratch = makeScratchFolder("unreadable");
  const parent = join(scratch.path, "parent");
  const folder = join(parent, "data");
  mkdirSync(parent);
  if (isRoot) {
    chmodSync(scratch.path, 0o711);
    chownSync(parent, nobody, nobody);
  }
  chmodSync(parent, writeAndSearch);
  t.after(() => {
    chmodSync(parent, everything);
    scratch.remove();
  });
  return {
    folder,
    make: () => {
      mkdirSync(folder);
      if (isRoot) chownSync(folder, nobody, nobody);
    },
    run: async (module, body) => {
      const source = `
        const loaded = await import(process.argv[1]);
        ${isRoot ? `process.setgroups([]); process.setgid(${nobody}); process.setuid(${nobody});` : ""}
        const act = async (folder, loaded) => { ${body} };
        process.stdout.write(JSON.stringify((await act(process.argv[2], loaded)) ?? null));
      `;
      const options = ["--input-type=module", "--eval", source, module.href, folder];
      const { stdout } = await promisify(execFile)(process.execPath, options);
      return JSON.parse(stdout);
    },
  };
}
