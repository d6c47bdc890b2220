/** Links of all documents lead somewhere, and what docs/ tells to type works or says why it isn't tried. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { Svix } from "svix";
import { anchorOf } from "../../dashboard/anchor-of.ts";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { blocksOf } from "./document-blocks.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const root = join(import.meta.dirname, "../..");
const documents = ["", "docs", "bench"].flatMap((name) =>
  readdirSync(join(root, name))
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(name, file)),
);
const textOf = (path: string): string => readFileSync(join(root, path), "utf8");
const fence = /^```[^]*?^```/gm;

function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.replace(fence, "").matchAll(/^#+ (.+)$/gm);
  return new Set(Array.from(headings, ([, heading = ""]) => anchorOf(heading)));
}

/** Targets of links and images in this repository. */
function linksOf(text: string): string[] {
  const prose = text.replace(fence, "").replaceAll(/`[^`\n]*`/g, "");
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, target = ""]) => target).filter(
    (target) => !/^\w+:/.test(target),
  );
}

function isDead(document: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? document : join(dirname(document), path);
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && !anchorsOf(textOf(target)).has(anchor);
}

test("a missing file, a missing heading and a missing heading of one's own are seen as dead", () => {
  assert.equal(isDead("docs/api.md", "nothing.md"), true);
  assert.equal(isDead("docs/api.md", "operations.md#a-sunny-day"), true);
  assert.equal(isDead("docs/api.md", "#a-full-disk"), true);
  assert.equal(isDead("docs/api.md", "operations.md#a-full-disk"), false);
});

for (const document of documents) {
  test(`no link of ${document} is dead`, () => {
    const links = linksOf(textOf(document));
    assert.deepEqual(
      links.filter((link) => isDead(document, link)),
      [],
    );
  });
}

test("links are found at all", () => {
  assert.ok(linksOf(textOf("README.md")).length > 10);
});

test("every promise names tests or programmes that show it, and they are there", () => {
  const [, promised = ""] = /^## Promised$([^]*?)^## /m.exec(textOf("docs/guarantees.md")) ?? [];
  const promises = promised.split(/^- /m).slice(1);
  assert.ok(promises.length > 20);
  for (const promise of promises) {
    const [, shown = ""] = /Shown\s+by\s([^]*)/.exec(promise) ?? [];
    const files = Array.from(
      shown.matchAll(/`((?:src|test|bench)\/[^`]+)`/g),
      ([, file = ""]) => file,
    );
    assert.notDeepEqual(files, [], promise);
    for (const file of files) assert.ok(existsSync(join(root, file)), file);
  }
});

/**
 * Commands of a document's `sh` blocks, but for those that have a comment `not run: REASON` before them.
 * @param withServer those that need one, by the comment `with a server`; else the others
 */
function commandsOf(text: string, withServer = false): string[] {
  return blocksOf(text)
    .filter(({ language, mark }) => language === "sh" && mark?.startsWith("not run: ") !== true)
    .filter(({ mark }) => (mark === "with a server") === withServer)
    .flatMap(({ code }) => code.split("\n"))
    .filter((line) => line !== "");
}

/** Documents whose commands go together, and the test that does all of them in order. */
const followed: Readonly<Record<string, string>> = {
  "docs/quick-start.md": "quick-start.test.ts",
  "docs/migrate-from-svix.md": "migrate.test.ts",
  "docs/migrate-from-convoy.md": "migrate.test.ts",
  "docs/migrate-from-outpost.md": "migrate.test.ts",
};

test("a document that is followed as a whole is named by the test that does it", () => {
  for (const [document, file] of Object.entries(followed)) {
    assert.ok(textOf(join("test/e2e", file)).includes(`"${document}"`), document);
  }
});

const unfollowed = documents.filter((path) => path.startsWith("docs") && !(path in followed));

/** Fails if it doesn't exit with 0. */
async function type(command: string, env: NodeJS.ProcessEnv): Promise<void> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("POSTHORN_"));
  await promisify(execFile)("sh", ["-c", command], {
    cwd: root,
    env: { ...Object.fromEntries(inherited), ...env },
  });
}

describe("what docs/ tells to type, with a data folder that a server has left", () => {
  let folder: ScratchFolder;

  before(async () => {
    folder = makeScratchFolder("documents");
    const posthorn = await startPosthorn({
      data: folder.path,
      listen: "127.0.0.1:0",
      logLevel: "silent",
    });
    await posthorn.stop();
  });

  after(() => folder.remove());

  for (const document of unfollowed) {
    for (const command of commandsOf(textOf(document))) {
      test(`${command} (${document})`, async () => {
        await type(command, { POSTHORN_DATA: folder.path });
      });
    }
  }
});

describe("what docs/ tells to type, with a server that has the customer ada", () => {
  let folder: ScratchFolder;
  let posthorn: Posthorn;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    folder = makeScratchFolder("documents");
    posthorn = await startPosthorn({
      data: folder.path,
      listen: "127.0.0.1:0",
      logLevel: "silent",
    });
    const token = await posthorn.token();
    env = {
      POSTHORN_DATA: folder.path,
      POSTHORN_SERVER: posthorn.address,
      POSTHORN_TOKEN: token,
    };
    const svix = new Svix(token, { serverUrl: posthorn.address });
    await svix.application.create({ name: "Ada", uid: "ada" });
    await svix.endpoint.create("ada", {
      url: "http://inspector.invalid/?status=503",
      uid: "orders",
    });
    await svix.message.create("ada", { eventType: "order.paid", eventId: "order-1", payload: {} });
  });

  after(async () => {
    await posthorn.stop();
    folder.remove();
  });

  for (const document of unfollowed) {
    for (const command of commandsOf(textOf(document), true)) {
      test(`${command} (${document})`, async () => {
        await type(command, env);
      });
    }
  }
});

test("commands are found, and not those that are marked", () => {
  const text = "```sh\none\ntwo\n```\n\n<!-- not run: three's reason -->\n```sh\nthree\n```\n";
  assert.deepEqual(commandsOf(text), ["one", "two"]);
  const asking = "<!-- with a server -->\n```sh\nfour\n```\n";
  assert.deepEqual(commandsOf(text + asking), ["one", "two"]);
  assert.deepEqual(commandsOf(text + asking, true), ["four"]);
  assert.ok(commandsOf(textOf("docs/operations.md")).length >= 6);
});
