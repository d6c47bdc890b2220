/** The guide that the server has at /guide is all of docs/, and its links lead somewhere within it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { guidePagesOf } from "../../dashboard/guide-pages.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

const root = join(import.meta.dirname, "../..");
const template = readFileSync(join(root, "dashboard/guide.html"), "utf8");
const made = guidePagesOf(join(root, "docs"), template);
const pages = [...made].filter(([name]) => name.endsWith(".html"));

/** Of a page in its place; what the template itself refers to is for the dashboard's build. */
function linksOf(html: string): string[] {
  return Array.from(html.matchAll(/<a [^>]*href="([^"]*)"/g), ([, href = ""]) => href);
}

/** Below /guide; undefined: elsewhere. */
function madeOf(path: string): string | Buffer | undefined {
  const found = /^\/guide(?:\/([^/]+))?$/.exec(path);
  if (found === null) return undefined;
  const [, name = "index"] = found;
  return made.get(name.includes(".") ? name : `${name}.html`);
}

function isDead(page: string, link: string): boolean {
  if (link.startsWith("https:") || link === "/" || link === "/docs") return false;
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? made.get(page) : madeOf(path);
  return target === undefined || (anchor !== undefined && !target.includes(`id="${anchor}"`));
}

test("every document is a page, and the first one leads to it", () => {
  const documents = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  assert.deepEqual(
    pages.map(([name]) => name).toSorted(),
    documents
      .map((name) => (name === "README.md" ? "index.html" : name.replace(/md$/, "html")))
      .toSorted(),
  );
  const first = new Set(linksOf(String(made.get("index.html"))));
  for (const [name] of pages) {
    if (name !== "index.html") assert.ok(first.has(`/guide/${name.replace(/\.html$/, "")}`), name);
  }
});

for (const [name, html] of pages) {
  test(`${name}: no link is dead, and nothing of it runs or styles itself`, () => {
    const links = linksOf(String(html));
    assert.ok(links.length > 5);
    assert.deepEqual(
      links.filter((link) => isDead(name, link)),
      [],
    );
    assert.doesNotMatch(
      String(html),
      /<style|<[^>]* (?:style|on\w+)=|<!-- (?:title|contents|page)/,
    );
    assert.equal(String(html).match(/<script/g)?.length, 1);
  });
}

test("links that lead nowhere are seen as dead", () => {
  for (const link of ["/guide/nothing", "/guide/api#nothing", "#nothing", "/nothing", "api.md"]) {
    assert.equal(isDead("index.html", link), true, link);
  }
});

function pageOf(t: TestContext, markdown: string): string {
  const folder = makeScratchFolder("guide");
  t.after(() => folder.remove());
  writeFileSync(join(folder.path, "README.md"), "# Guide\n\n- [One](one.md)\n");
  writeFileSync(join(folder.path, "one.md"), `# One\n\n${markdown}\n`);
  writeFileSync(join(folder.path, "rules.yml"), "");
  const page = guidePagesOf(folder.path, "<!-- page -->").get("one.html");
  return String(page).replace(/^<article><h1 id="one">One<\/h1>\n([^]*)<\/article>$/, "$1");
}

test("what is no Markdown of this guide fails the build", (t) => {
  for (const [markdown, message] of [
    ["<b>x</b>", /without HTML in one\.md, got <b>/],
    ["<script>alert(1)</script>", /without HTML/],
    ["[out](../README.md)", /a link of one\.md to a file of docs/],
    ["[plain](http://example.com)", /a link of one\.md/],
    ["[code](javascript:alert(1))", /a link of one\.md/],
    ["![image](images/x.png)", /no image in one\.md/],
    ["## Twice\n\n## Twice", /one heading "Twice"/],
  ] as const) {
    assert.throws(() => pageOf(t, markdown), { message }, markdown);
  }
});

test("code, tables and links are written so that they can be read, heard and followed", (t) => {
  assert.equal(
    pageOf(t, '```sh\necho "<b>" && ls\n```'),
    '<pre tabindex="0"><code>echo &quot;&lt;b&gt;&quot; &amp;&amp; ls\n</code></pre>\n',
  );
  assert.equal(
    pageOf(t, "| | b |\n|---|---|\n| `c` | d |"),
    '<div class="table-frame" tabindex="0"><table><thead><tr><td></td><th scope="col">b</th></tr></thead>' +
      "<tbody><tr><td><code>c</code></td><td>d</td></tr></tbody></table></div>\n",
  );
  assert.equal(
    pageOf(
      t,
      "[a](one.md#one) [b](README.md) [c](rules.yml) [d](https://x.example/?a&b) http://e.example",
    ),
    '<p><a href="/guide/one#one">a</a> <a href="/guide">b</a> <a href="/guide/rules.yml">c</a> ' +
      '<a href="https://x.example/?a&amp;b">d</a> http://e.example</p>\n',
  );
  assert.equal(pageOf(t, "<!-- not run: a reason -->\n\ntext"), "<p>text</p>\n");
});
