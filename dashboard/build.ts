/**
 * Builds the dashboard into `dashboard/dist`, whole or not at all: into a folder beside it, which then takes its place. With
 * `--if-changed` only if it was built of other sources than those that are there now.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { build } from "vite";
import { guidePagesOf } from "./guide-pages.ts";

const folder = import.meta.dirname;
const builtFolder = join(folder, "dist");
/** In the built folder: what it was built of. */
const stampName = ".sources";

const { values } = parseArgs({ options: { "if-changed": { type: "boolean", default: false } } });
const sources = hashOfSources();
if (!values["if-changed"] || sources !== builtOf()) await buildWhole();

async function buildWhole(): Promise<void> {
  // Of this process alone: another one may be building too.
  const outDir = join(folder, `dist.${process.pid}`);
  const replaced = join(folder, `dist.${process.pid}.old`);
  try {
    await build({
      configFile: join(folder, "vite.config.ts"),
      logLevel: "warn",
      build: { outDir, emptyOutDir: true },
    });
    writeGuide(outDir);
    writeFileSync(join(outDir, stampName), sources);
    if (existsSync(builtFolder)) renameSync(builtFolder, replaced);
    renameSync(outDir, builtFolder);
  } finally {
    for (const each of [outDir, replaced]) rmSync(each, { recursive: true, force: true });
  }
}

/** The page that Vite has made of guide.html is what all of the guide's pages are made of. */
function writeGuide(outDir: string): void {
  const template = join(outDir, "guide.html");
  mkdirSync(join(outDir, "guide"));
  const made = guidePagesOf(join(folder, "../docs"), readFileSync(template, "utf8"));
  for (const [name, content] of made) writeFileSync(join(outDir, "guide", name), content);
  rmSync(template);
}

function builtOf(): string | undefined {
  const path = join(builtFolder, stampName);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function hashOfSources(): string {
  const hash = createHash("sha256");
  const names = globSync(["src/**/*.*", "*.html", "*.ts", "../docs/*.*", "../package-lock.json"], {
    cwd: folder,
  });
  for (const name of names.sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest("hex");
}
