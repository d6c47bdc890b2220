import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { dashboardFolder } from "./dashboard-folder.ts";

function builtFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-dashboard-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "assets"));
  return folder;
}

test("files are found by name as they are, and compressed", async (t) => {
  const folder = builtFolder(t);
  writeFileSync(join(folder, "assets/index-Ab_c.js"), "export {};");
  const file = await dashboardFolder(folder).find("assets/index-Ab_c.js");
  assert.equal(file?.contentType, "text/javascript; charset=utf-8");
  assert.equal(String(file?.bytes), "export {};");
  assert.equal(String(gunzipSync(file?.gzipped ?? "")), "export {};");
});

test("what is built while it serves is found, and found anew when it is built again", async (t) => {
  const folder = builtFolder(t);
  const files = dashboardFolder(folder);
  assert.equal(await files.find("index.html"), undefined);
  const path = join(folder, "index.html");
  writeFileSync(path, "first");
  assert.equal(String((await files.find("index.html"))?.bytes), "first");
  writeFileSync(path, "again");
  utimesSync(path, 2_000_000_000, 2_000_000_000);
  assert.equal(String((await files.find("index.html"))?.bytes), "again");
});

test("the guide's pages and what they attach are found", async (t) => {
  const folder = builtFolder(t);
  mkdirSync(join(folder, "guide"));
  for (const name of ["archive.html", "alerts.yml"])
    writeFileSync(join(folder, "guide", name), name);
  const files = dashboardFolder(folder);
  assert.equal(String((await files.find("guide/archive.html"))?.bytes), "archive.html");
  assert.equal(
    (await files.find("guide/alerts.yml"))?.contentType,
    "application/yaml; charset=utf-8",
  );
  assert.equal(await files.find("guide/../guide/archive.html"), undefined);
});

test("nothing but the page's own files is found", async (t) => {
  const folder = builtFolder(t);
  writeFileSync(join(folder, "secret.js"), "");
  writeFileSync(join(folder, "assets/notes.txt"), "");
  const files = dashboardFolder(folder);
  for (const name of [
    "secret.js",
    "assets/../secret.js",
    "assets/..%2fsecret.js",
    "assets/notes.txt",
    "assets/",
    "assets/.js",
    "",
  ]) {
    assert.equal(await files.find(name), undefined, name);
  }
});
