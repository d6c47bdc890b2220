/** What Node has compiled is kept for the next start, which does without it where it can't be had. */
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { outputOf } from "./run-command.ts";
import { makeScratchFolder } from "./scratch-folder.ts";
import { type ServerSettings, startServer } from "./server-process.ts";

function scratchSettings(context: TestContext): { cache: string; settings: ServerSettings } {
  const folder = makeScratchFolder("compile-cache");
  context.after(() => folder.remove());
  const cache = join(folder.path, "cache");
  const settings = {
    dataFolder: join(folder.path, "data"),
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [0.1],
    attemptTimeoutSeconds: 5,
    others: { NODE_COMPILE_CACHE: cache },
  };
  return { cache, settings };
}

async function startAndEnd(settings: ServerSettings): Promise<void> {
  const server = await startServer(settings);
  assert.deepEqual(await server.end("SIGTERM"), { code: 0, signal: null });
}

function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
}

test("a server that is stopped leaves what it has compiled, and the next one with nothing more to compile starts by it", async (context) => {
  const { cache, settings } = scratchSettings(context);
  await startAndEnd(settings);
  const kept = filesIn(cache).toSorted();
  assert.ok(kept.length > 1000, `${kept.length} files of a thousand modules`);
  await startAndEnd(settings);
  assert.deepEqual(filesIn(cache).toSorted(), kept);
});

test("a server starts from a cache whose files are empty, cut off, altered or those of other modules", async (context) => {
  const { cache, settings } = scratchSettings(context);
  await startAndEnd(settings);
  const files = filesIn(cache);
  for (const [index, path] of files.entries()) damage(path, index % 4, String(files[index - 1]));
  await startAndEnd(settings);
});

function damage(path: string, kind: number, other: string): void {
  const bytes = readFileSync(path);
  if (kind === 0) truncateSync(path, 0);
  else if (kind === 1) truncateSync(path, Math.floor(bytes.length / 2));
  else if (kind === 2) copyFileSync(other, path);
  else writeFileSync(path, bytes.fill(0xff, Math.max(0, bytes.length - 64)));
}

test("a server starts where the cache's folder can't be made", async (context) => {
  const { cache, settings } = scratchSettings(context);
  writeFileSync(cache, "");
  await startAndEnd(settings);
});

test("a command started by itself keeps its cache where npm's scripts have it", async () => {
  const root = join(import.meta.dirname, "../..");
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<"start" | "posthorn", string>>; // the project's own file
  };
  for (const script of [scripts.start, scripts.posthorn])
    assert.match(script, /^NODE_COMPILE_CACHE=\.compile-cache exec node /);
  await outputOf(["--version"], {});
  assert.ok(filesIn(join(root, ".compile-cache")).length > 0);
});
