/** The programs of docs/receivers.md tell a request that the server's own signer has signed from all others. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { signatureOf, signingKeyOf } from "../../src/transport/signer.ts";
import { ownChild } from "./own-child.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

interface Language {
  /** Of the fenced block. */
  readonly name: string;
  readonly file: string;
  /** Prints a version, if the language is here. */
  readonly probe: readonly string[];
  /** Run before the program is, in its folder. */
  readonly build?: readonly string[];
  readonly run: readonly string[];
  /** What else there has to be. */
  readonly others?: Readonly<Record<string, string>>;
}

const manifest = `[package]
name = "verify"
version = "0.0.0"
edition = "2021"
[dependencies]
hmac = "0.12"
sha2 = "0.10"
base64 = "0.22"
`;

const languages: readonly Language[] = [
  {
    name: "js",
    file: "verify.mjs",
    probe: [process.execPath, "--version"],
    run: [process.execPath, "verify.mjs"],
  },
  {
    name: "python",
    file: "verify.py",
    probe: ["python3", "--version"],
    run: ["python3", "verify.py"],
  },
  {
    name: "go",
    file: "verify.go",
    probe: ["go", "version"],
    build: ["go", "build", "-o", "verify", "verify.go"],
    run: ["./verify"],
  },
  {
    name: "rust",
    file: "src/main.rs",
    probe: ["cargo", "fetch", "--offline"],
    build: ["cargo", "build", "--offline", "--quiet"],
    run: ["./target/debug/verify"],
    others: { "Cargo.toml": manifest },
  },
  {
    name: "java",
    file: "Verify.java",
    probe: ["javac", "-version"],
    build: ["javac", "Verify.java"],
    run: ["java", "-XX:TieredStopAtLevel=1", "Verify"],
  },
  { name: "ruby", file: "verify.rb", probe: ["ruby", "--version"], run: ["ruby", "verify.rb"] },
  { name: "php", file: "verify.php", probe: ["php", "--version"], run: ["php", "verify.php"] },
];

const guide = readFileSync(join(import.meta.dirname, "../../docs/receivers.md"), "utf8");
const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
/** Bytes that a parser would write otherwise. */
const body = Buffer.from('{"total": 9007199254740993, "name": "Zoë"}\n');
let folder: ScratchFolder;

before(() => {
  folder = makeScratchFolder("receivers");
});

after(() => folder.remove());

/** The arguments of a request that was signed so many seconds ago. */
function signed(ageSeconds: number): [string, string, string, string] {
  const timestamp = Math.floor(Date.now() / 1000) - ageSeconds;
  const signable = { id: "msg_1", timestamp, payload: body };
  const signature = signatureOf(
    [signingKeyOf({ key: secret, expiresAtMs: undefined })],
    signable,
    0,
  );
  return [secret, "msg_1", String(timestamp), signature];
}

async function exitCodeOf(cwd: string, command: readonly string[], input: Buffer): Promise<number> {
  const [program = "", ...rest] = command;
  const child = spawn(program, rest, { cwd, stdio: ["pipe", "ignore", "inherit"] });
  const exited = ownChild(child);
  // A program that refuses the timestamp ends without having read the body.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const { code, signal } = await exited;
  assert.equal(signal, null);
  return code ?? -1;
}

describe("each program of the receivers' guide", { concurrency: 1 }, () => {
  test("is one of these languages", () => {
    const named = Array.from(guide.matchAll(/^```(\w+)$/gm), (match) => match[1]);
    assert.deepEqual(
      named,
      languages.map(({ name }) => name),
    );
  });

  for (const { name, file, probe, build, run, others = {} } of languages) {
    test(`in ${name} takes what was signed and nothing else`, async (context) => {
      const cwd = join(folder.path, name);
      mkdirSync(join(cwd, file, ".."), { recursive: true });
      const [, program = ""] = new RegExp(`^\`\`\`${name}\n([^]*?)^\`\`\``, "m").exec(guide) ?? [];
      for (const [path, text] of Object.entries({ ...others, [file]: program })) {
        writeFileSync(join(cwd, path), text);
      }
      const [prober = "", ...asked] = probe;
      if (spawnSync(prober, asked, { cwd }).status !== 0) {
        context.skip(`${probe.join(" ")} fails here`);
        return;
      }
      if (build !== undefined) assert.equal(await exitCodeOf(cwd, build, Buffer.of()), 0);

      const [, id, timestamp, signature] = signed(0);
      const verify = async (args: readonly string[], input = body): Promise<number> =>
        await exitCodeOf(cwd, [...run, ...args], input);
      assert.equal(await verify([secret, id, timestamp, signature]), 0, "sound");
      assert.equal(
        await verify([secret, id, timestamp, `v1,AAAA v1a,BBBB ${signature}`]),
        0,
        "two",
      );
      assert.equal(await verify(signed(200)), 0, "200 s old");
      const tampered = Buffer.concat([body, Buffer.from(" ")]);
      assert.equal(await verify([secret, id, timestamp, signature], tampered), 1, "tampered");
      assert.equal(await verify([secret, "msg_2", timestamp, signature]), 1, "another id");
      assert.equal(await verify(signed(400)), 1, "old");
      assert.equal(await verify(signed(-400)), 1, "from the future");
      assert.equal(await verify([secret, id, "soon", signature]), 1, "no timestamp");
      assert.equal(await verify([secret, id, timestamp, "v1,"]), 1, "no signature");
      const other = `whsec_${Buffer.alloc(24, 8).toString("base64")}`;
      assert.equal(await verify([other, id, timestamp, signature]), 1, "another secret");
    });
  }
});
