/** The scripts that complete commands, as shells run them. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const program = join(import.meta.dirname, "../../src/cli/posthorn.ts");
const run = promisify(execFile);

/** What is typed, and what has to be offered, or not. */
const cases: readonly {
  readonly typed: string;
  readonly offered: readonly string[];
  readonly not?: readonly string[];
}[] = [
  { typed: "posthorn ", offered: ["endpoint", "tail", "completion"], not: ["rotate-secret"] },
  { typed: "posthorn endp", offered: ["endpoint"], not: ["tail"] },
  { typed: "posthorn endpoint ro", offered: ["rotate-secret"], not: ["recover"] },
  { typed: "posthorn endpoint list shop --", offered: ["--limit", "--json"], not: ["--failed"] },
  { typed: "posthorn archive replay shop --status ", offered: ["delivered", "failed"] },
  { typed: "posthorn completion ", offered: ["bash", "zsh", "fish"] },
];

/** How each shell is asked what it would offer. */
const shells: Readonly<Record<string, (script: string, typed: string) => readonly string[]>> = {
  bash: (script, typed) => {
    const words = typed.split(" ").map((word) => `'${word}'`);
    const asked = `. ${script}; COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}
      _posthorn; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return ["-c", asked];
  },
  zsh: (script, typed) => {
    const words = typed.split(" ").map((word) => `'${word}'`);
    const asked = `. ${script}; setopt ksharrays; COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}
      emulate -L bash; _posthorn; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return ["-f", "-c", asked];
  },
  fish: (script, typed) => ["--no-config", "-c", `source ${script}; complete -C '${typed}'`],
};

for (const [shell, asking] of Object.entries(shells)) {
  const isThere = spawnSync(shell, ["--version"]).status === 0;
  const skip = isThere ? false : `${shell} is not installed`;
  describe(`in ${shell}`, { skip }, () => {
    let folder: ScratchFolder;
    let script: string;

    before(async () => {
      folder = makeScratchFolder(`completion-${shell}`);
      script = join(folder.path, "script");
      const { stdout } = await run(process.execPath, [program, "completion", shell]);
      writeFileSync(script, stdout);
    });

    after(() => folder.remove());

    for (const { typed, offered, not = [] } of cases) {
      test(`"${typed}" is completed by ${offered.join(", ")}`, async () => {
        const { stdout, stderr } = await run(shell, asking(script, typed));
        assert.equal(stderr, "");
        // Fish tells what each is for behind a tab.
        const words = stdout.split("\n").map((line) => line.split("\t")[0] ?? "");
        for (const word of offered) assert.ok(words.includes(word), `${word}: ${stdout}`);
        // Zsh leaves out by itself what does not begin as was typed.
        for (const word of shell === "zsh" ? [] : not)
          assert.ok(!words.includes(word), `${word}: ${stdout}`);
      });
    }
  });
}
