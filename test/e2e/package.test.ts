/** What is published: packed as npm packs it, then used from outside as a library and as a command. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { version } from "../../src/main/version.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

let folder: ScratchFolder;
let packed: readonly string[];

before(async () => {
  folder = makeScratchFolder("package");
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder.path], {
    cwd: root,
  });
  // The build writes to standard output too; npm's own answer is the JSON at the end.
  const [tarball] = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as PackedTarball[];
  assert.ok(tarball !== undefined);
  packed = tarball.files.map(({ path }) => path);
  const installed = join(folder.path, "node_modules/posthorn");
  mkdirSync(installed, { recursive: true });
  await run("tar", [
    "-xzf",
    join(folder.path, tarball.filename),
    "-C",
    installed,
    "--strip-components=1",
  ]);
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"));
});

interface PackedTarball {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

after(() => folder.remove());

test("the package has the compiled program and its papers, and neither tests nor sources", () => {
  for (const path of [
    "dist/main/posthorn.js",
    "dist/main/posthorn.d.ts",
    "dist/cli/posthorn.js",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "dashboard/dist/index.html",
    "dashboard/dist/guide/index.html",
    "posthorn.cdx.json",
  ]) {
    assert.ok(packed.includes(path), path);
  }
  assert.deepEqual(
    packed.filter((path) => /test|\.tsbuild|^src/.test(path)),
    [],
  );
});

test("as a library it starts a server in the caller's process and stops it", async () => {
  const program = join(folder.path, "program.mjs");
  writeFileSync(
    program,
    `import { startPosthorn } from "posthorn";
     const posthorn = await startPosthorn({ data: "data", listen: "127.0.0.1:0", logLevel: "silent" });
     const ping = await fetch(posthorn.address + "/api/v1/health/ping");
     const list = await fetch(posthorn.address + "/api/v1/app", { headers: { authorization: "Bearer " + (await posthorn.token()) } });
     await posthorn.stop();
     console.log(ping.status, list.status);`,
  );
  const { stdout } = await run(process.execPath, [program], { cwd: folder.path });
  assert.equal(stdout, "204 200\n");
});

test("as a command it says its version", async () => {
  const command = join(folder.path, "node_modules/posthorn/dist/cli/posthorn.js");
  const { stdout } = await run(process.execPath, [command, "--version"]);
  assert.equal(stdout, `${version}\n`);
});
