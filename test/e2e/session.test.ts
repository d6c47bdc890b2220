/** A browser's session, in the whole program: nothing of it is on the disk, and a restart ends it. */
import assert from "node:assert/strict";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startPosthorn } from "../../src/main/posthorn.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

const own = { "posthorn-session": "1", "sec-fetch-site": "same-origin" };

/** Every file that has the text anywhere. */
function filesWith(folder: string, text: string): string[] {
  return globSync("**", { cwd: folder }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(text);
  });
}

test("neither the token nor the cookie of a session is in any file, and a restart ends it", async (t) => {
  const folder = makeScratchFolder("session");
  t.after(() => folder.remove());
  const settings = { data: folder.path, listen: "127.0.0.1:0", logLevel: "silent" };
  const first = await startPosthorn(settings);
  const token = await first.token();
  const answer = await fetch(`${first.address}/session`, {
    method: "POST",
    headers: { ...own, "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  const ask = async (address: string) =>
    (await fetch(`${address}/api/v1/app`, { headers: { ...own, cookie } })).status;
  assert.equal(await ask(first.address), 200);
  const made = await fetch(`${first.address}/api/v1/app`, {
    method: "POST",
    headers: { ...own, cookie, "content-type": "application/json" },
    body: JSON.stringify({ name: "Made by a session" }),
  });
  assert.equal(made.status, 201);
  const [, id = ""] = cookie.split("=");
  assert.ok(
    filesWith(folder.path, "Made by a session").length > 0,
    "the search finds what is there",
  );
  for (const secret of [token, token.split(".")[2] ?? "", id]) {
    assert.ok(secret.length >= 43);
    assert.deepEqual(filesWith(folder.path, secret), []);
  }
  await first.stop();
  const second = await startPosthorn(settings);
  assert.equal(await ask(second.address), 401);
  assert.deepEqual(filesWith(folder.path, id), []);
  await second.stop();
});
