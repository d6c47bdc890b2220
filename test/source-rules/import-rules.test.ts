/**
 * Each rule of what a folder may import (ARCHITECTURE.md) is broken once here, in a copy of the folder's project with one
 * more file, and must be refused by the compiler. A rule that nobody enforces any more turns this red.
 *
 * The linter holds the rule of cli: a project sees what its references refer to, and main refers to everything.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const tsc = join(root, "node_modules/typescript/bin/tsc");
const oxlint = join(root, "node_modules/oxlint/bin/oxlint");

/** Folder, what it must not do, and the compiler's code for it. */
const forbidden: readonly (readonly [folder: string, source: string, code: RegExp])[] = [
  [
    "core",
    `import { readFileSync } from "node:fs"; export const x = readFileSync;`,
    /TS2591|TS2307/,
  ],
  ["core", `export const x = setTimeout;`, /TS2304/],
  ["core", `export const x = console;`, /TS2584|TS2304/],
  ["core", `import type { Clock } from "../director/ports.ts"; export type X = Clock;`, /TS6307/],
  [
    "director",
    `import { readFileSync } from "node:fs"; export const x = readFileSync;`,
    /TS2591|TS2307/,
  ],
  ["director", `import { limits } from "../main/settings.ts"; export const x = limits;`, /TS6307/],
  [
    "director",
    `import { Sender } from "../transport/sender.ts"; export const x = Sender;`,
    /TS6307/,
  ],
  [
    "director",
    `import { inTransaction } from "../sqlite/in-transaction.ts"; export const x = inTransaction;`,
    /TS6307/,
  ],
  [
    "sqlite",
    `import { ControlStore } from "../control/control-store.ts"; export const x = ControlStore;`,
    /TS6307/,
  ],
  [
    "jobdb",
    `import { Director } from "../director/director.ts"; export const x = Director;`,
    /TS6307/,
  ],
  ["jobdb", `import { Sender } from "../transport/sender.ts"; export const x = Sender;`, /TS6307/],
  [
    "jobdb",
    `import { storeJobDb } from "../archive/store-job-db.ts"; export const x = storeJobDb;`,
    /TS6307/,
  ],
  [
    "archive",
    `import { LdbReader } from "../control/ldb-reader.ts"; export const x = LdbReader;`,
    /TS6307/,
  ],
  [
    "archive",
    `import { Director } from "../director/director.ts"; export const x = Director;`,
    /TS6307/,
  ],
  [
    "transport",
    `import { Director } from "../director/director.ts"; export const x = Director;`,
    /TS6307/,
  ],
  [
    "transport",
    `import type { Endpoint } from "../control/facade.ts"; export type X = Endpoint;`,
    /TS6307/,
  ],
  [
    "control",
    `import { Sender } from "../transport/sender.ts"; export const x = Sender;`,
    /TS6307/,
  ],
  [
    "api",
    `import { Director } from "../director/director.ts"; export const x = Director;`,
    /TS6307/,
  ],
  ["api", `import { Sender } from "../transport/sender.ts"; export const x = Sender;`, /TS6307/],
];

const made: string[] = [];

before(async () => {
  await run(process.execPath, [tsc, "-b"], { cwd: root });
});

after(() => {
  for (const path of made) rmSync(path, { force: true });
});

for (const [at, [folder, source, code]] of forbidden.entries()) {
  test(`${folder} may not: ${source.split(";")[0]}`, async () => {
    const name = `forbidden-${process.pid}-${at}`;
    const sourcePath = join(root, "src", folder, `${name}.ts`);
    const projectPath = join(root, "src", folder, `tsconfig.${name}.json`);
    made.push(sourcePath, projectPath);
    writeFileSync(sourcePath, `${source}\n`);
    writeFileSync(projectPath, projectOf(folder, name));
    const refusal = await refusalOf([tsc, "-p", projectPath]);
    rmSync(sourcePath);
    rmSync(projectPath);
    assert.match(refusal, code);
  });
}

for (const folder of ["api", "archive", "control", "director", "jobdb", "sqlite", "transport"]) {
  test(`cli may not: import from ${folder}`, async () => {
    const sourcePath = join(root, "src/cli", `forbidden-${process.pid}-${folder}.ts`);
    made.push(sourcePath);
    writeFileSync(sourcePath, `export { x } from "../${folder}/x.ts";\n`);
    const refusal = await refusalOf([oxlint, sourcePath]);
    rmSync(sourcePath);
    assert.match(refusal, /no-restricted-imports/);
  });
}

/** What the compiler or the linter says against a file. */
async function refusalOf(command: readonly string[]): Promise<string> {
  const failure: unknown = await run(process.execPath, command, { cwd: root }).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(failure instanceof Error && "stdout" in failure, "nobody objects");
  return String(failure.stdout);
}

/** The folder's own project, for one file. */
function projectOf(folder: string, name: string): string {
  const own: unknown = JSON.parse(readFileSync(join(root, "src", folder, "tsconfig.json"), "utf8"));
  assert.ok(typeof own === "object" && own !== null && "references" in own);
  return JSON.stringify({
    extends: "./tsconfig.json",
    compilerOptions: { noEmit: true, tsBuildInfoFile: `../../dist/.tsbuild/${name}.tsbuildinfo` },
    files: [`./${name}.ts`],
    include: [],
    exclude: [],
    references: own.references,
  });
}
