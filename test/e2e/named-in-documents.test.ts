/** What the documents name is there: settings, paths of the API, commands, and what a start that fails says. */
import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";
import { settingDefinitions } from "../../src/main/setting-definitions.ts";
import { configFileSetting } from "../../src/main/settings.ts";

const root = join(import.meta.dirname, "../..");
const names = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
const texts = new Map(
  ["README.md", "SECURITY.md", "CONTRIBUTING.md", ...names.map((name) => `docs/${name}`)].map(
    (path) => [path, readFileSync(join(root, path), "utf8")],
  ),
);

/** What is named, with the documents that do. */
function named(pattern: RegExp): [document: string, name: string][] {
  return [...texts].flatMap(([document, text]) =>
    Array.from(text.matchAll(pattern), ([, name = ""]): [string, string] => [document, name]),
  );
}

/** Of whoever asks a server: the command line, and the programs of the documents themselves. */
const askers = ["POSTHORN_SERVER", "POSTHORN_TOKEN", "POSTHORN_URL"];

test("every setting that is named is one", () => {
  const settings = new Set([
    ...Object.values(settingDefinitions).map(({ environment }) => environment),
    configFileSetting.environment,
    ...askers,
  ]);
  const found = named(/\b(POSTHORN_[A-Z0-9_]*[A-Z0-9])/g);
  assert.ok(found.length > 100);
  assert.deepEqual(
    found.filter(([, name]) => !settings.has(name)),
    [],
  );
});

test("every path of the API that is named is one", () => {
  const { paths } = JSON.parse(readFileSync(join(root, "docs/openapi.json"), "utf8")) as {
    paths: object;
  };
  const known = [...Object.keys(paths), "/api/v1/openapi.json"].map(
    (path) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  );
  // Of Convoy: `/api/v1/projects/…`.
  const found = named(/(?<![\w/]|8071)(\/api\/v1\/(?!projects\/)[^\s`"'),?$]+)/g);
  assert.ok(found.length > 80);
  assert.deepEqual(
    found.filter(([, path]) => !known.some((pattern) => pattern.test(path))),
    [],
  );
});

/** Whether words behind `posthorn` begin with a command, and with one of its own if it has some. */
function isCommand(command: Command, [word = "", ...rest]: readonly string[]): boolean {
  if (command.commands.length === 0) return true;
  const inner = command.commands.find((each) => each.name() === word);
  if (inner === undefined) return command.parent !== null && !/^[a-z]/.test(word);
  return isCommand(inner, rest);
}

test("every command that is named is one", () => {
  const program = createProgram();
  const found = named(/(?:`posthorn |posthorn -- )([a-z][^`)\n]*)/g);
  assert.ok(found.length > 30);
  assert.deepEqual(
    found.filter(([, words]) => !isCommand(program, words.split(" "))),
    [],
  );
});

test("a command that is none is seen", () => {
  const program = createProgram();
  assert.equal(isCommand(program, ["endpoint", "queue", "ada"]), true);
  assert.equal(isCommand(program, ["archive"]), true);
  assert.equal(isCommand(program, ["endpoint", "polish"]), false);
  assert.equal(isCommand(program, ["polish"]), false);
});

test("what a start that fails says is what the program says", () => {
  const program = globSync("src/**/*.ts", { cwd: root })
    .map((path) => readFileSync(join(root, path), "utf8"))
    .join();
  const operations = texts.get("docs/operations.md") ?? "";
  const [, table = ""] = /^### It won't start$([^]*?)^###/m.exec(operations) ?? [];
  const sentences = Array.from(table.matchAll(/^\| `([^`]+)`/gm), ([, sentence = ""]) => sentence);
  assert.ok(sentences.length > 5);
  for (const part of sentences.flatMap((sentence) => sentence.split("…"))) {
    assert.ok(program.includes(part), part);
  }
});
