/**
 * Does what a document tells its reader to do, in order, in a folder that looks like a clone: saves programs, types commands into
 * one terminal, and what goes on until it is ended into others.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { blocksOf } from "./document-blocks.ts";
import { ownChild, type Exit } from "./own-child.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const root = join(import.meta.dirname, "../..");
/** Of a clone, what commands in documents need; what they write stays in the session's folder. */
const cloned = ["package.json", "node_modules", "src", "dashboard"];

/** A program in a terminal of its own. */
export class Terminal {
  #said = "";
  readonly #heard = new EventTarget();
  readonly #exited: Promise<Exit>;
  readonly #end: () => void;

  constructor(command: string, cwd: string, env: NodeJS.ProcessEnv) {
    // In a process group of its own: npm passes SIGTERM on, but not SIGKILL.
    const child = spawn("sh", ["-c", command], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    this.#exited = ownChild(child);
    const signalGroup = (signal: NodeJS.Signals) => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
    };
    const kill = () => signalGroup("SIGKILL");
    process.prependListener("exit", kill);
    child.once("exit", () => process.off("exit", kill));
    this.#end = () => signalGroup("SIGTERM");
    child.stdout.on("data", (chunk: Buffer) => {
      this.#said += chunk.toString();
      this.#heard.dispatchEvent(new Event("said"));
    });
  }

  /** When its output matches. */
  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const [found] = pattern.exec(this.#said) ?? [];
      if (found !== undefined) return found;
      const ended = await Promise.race([once(this.#heard, "said"), this.#exited]);
      assert.ok(Array.isArray(ended), `expected ${pattern} before the end of ${this.#said}`);
    }
  }

  async end(): Promise<Exit> {
    this.#end();
    return this.#exited;
  }
}

export class DocumentSession {
  readonly folder: ScratchFolder;
  /** What went on until it was ended, in the order of the document. */
  readonly terminals: Terminal[] = [];
  readonly #env: NodeJS.ProcessEnv;
  readonly #written: ReadonlyMap<string, string>;

  /** @param written what stands in the document, and what to take in its place */
  constructor(name: string, env: NodeJS.ProcessEnv, written: ReadonlyMap<string, string>) {
    this.folder = makeScratchFolder(name);
    for (const each of cloned) symlinkSync(join(root, each), join(this.folder.path, each));
    const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith("POSTHORN_"));
    // Whatever proxies the environment has for npm.
    this.#env = { ...Object.fromEntries(inherited), POSTHORN_EGRESS_PROXY: "off", ...env };
    this.#written = written;
  }

  /** What the commands printed, one text for each block of them. @param after called behind each block that was run */
  async follow(
    document: string,
    after: (output: string) => Promise<void> = async () => undefined,
  ): Promise<string[]> {
    const outputs: string[] = [];
    for (const { language, code, mark } of blocksOf(this.#adapted(document))) {
      if (mark?.startsWith("not run: ") === true) continue;
      const [, file] = /^\/\/ ([\w-]+\.mjs)\n/.exec(code) ?? [];
      if (language === "js" && file !== undefined) this.#save(file, code);
      else if (language === "sh" && mark === "in another terminal") await this.#open(code);
      else if (language === "sh") {
        const output = await this.#type(code);
        outputs.push(output);
        await after(output);
      }
    }
    return outputs;
  }

  async end(): Promise<void> {
    for (const terminal of this.terminals.toReversed()) await terminal.end();
    this.folder.remove();
  }

  #adapted(document: string): string {
    let adapted = document;
    for (const [before, now] of this.#written) adapted = adapted.replaceAll(before, now);
    return adapted;
  }

  #save(file: string, code: string): void {
    writeFileSync(join(this.folder.path, file), code);
  }

  async #open(command: string): Promise<void> {
    const terminal = new Terminal(
      this.#remembering(`exec env ${command}`),
      this.folder.path,
      this.#env,
    );
    this.terminals.push(terminal);
    await terminal.says(/listening/);
  }

  /** All variables of a terminal are there in the next block too. Fails with the first command that does. */
  async #type(commands: string): Promise<string> {
    const script = this.#remembering(`set -eu\n${commands}\nexport -p > .remembered`);
    const terminal = spawn("sh", ["-c", script], {
      cwd: this.folder.path,
      env: this.#env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = ownChild(terminal);
    const output = await terminal.stdout.toArray();
    const { code } = await exited;
    assert.equal(code, 0, commands);
    return Buffer.concat(output as Buffer[]).toString();
  }

  #remembering(script: string): string {
    return `set -a\n[ ! -f .remembered ] || . ./.remembered\n${script}`;
  }
}
