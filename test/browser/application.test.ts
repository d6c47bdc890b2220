/** The dashboard's page of an application's settings in a real browser: changed, with a mouse and with the keyboard alone. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser, logIn, openPage, type WatchedPage } from "./chromium.ts";
import { reachByTab } from "./keyboard.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let browser: Browser;

before(async () => {
  world = await startWorld("application");
  await world.svix.application.create({ name: "Northwind Freight", uid: "northwind" });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await world?.close();
});

async function inside(path: string): Promise<WatchedPage> {
  const opened = await openPage(browser, world.posthorn.address);
  await logIn(opened.page, world.token);
  await opened.page.goto(path);
  return opened;
}

/** The API's answer below `/api/v1/app/`, and its status. */
async function ask(path: string) {
  const answer = await fetch(`${world.posthorn.address}/api/v1/app/${path}`, {
    headers: { authorization: `Bearer ${world.token}` },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test("an application is changed, and told what is wrong", async () => {
  const { id } = await world.svix.application.create({ name: "Ferry", uid: "ferry" });
  const { page, complaints } = await inside("/applications/ferry");
  await page.getByRole("link", { name: "Change" }).click();
  await page.getByRole("heading", { level: 1, name: "Change the application" }).waitFor();
  const metadata = page.getByLabel(/^Metadata/);
  const save = page.getByRole("button", { name: "Save" });
  const told = (text: string) => page.getByRole("alert").filter({ hasText: text }).waitFor();
  await page.getByLabel(/^UID/).fill("northwind");
  await save.click();
  await told("(409). an application with this uid exists already");
  await page.getByLabel(/^UID/).fill("two words");
  await save.click();
  await told("uid: Expected text that matches");
  await page.getByLabel(/^UID/).fill("ferries");
  await metadata.fill('{"tier": 7}');
  await save.click();
  await told("metadata.tier: Expected string, got 7");
  await metadata.fill('["gold"]');
  await save.click();
  await told("The metadata is no JSON object.");
  assert.equal((await ask("ferry")).body["id"], id);

  await page.getByLabel("Name", { exact: true }).fill("Ferry & Daughters");
  await page.getByLabel(/^At most so many a second/).fill("40");
  await page.getByLabel(/^Days/).fill("30");
  await metadata.fill('{"tier": "gold", "__proto__": "text"}');
  await save.click();
  await page.getByRole("heading", { level: 1, name: "Ferry & Daughters" }).waitFor();
  assert.ok(page.url().endsWith(`/applications/${id}`));
  const { body } = await ask("ferries");
  assert.deepEqual(
    [body["id"], body["name"], body["throttleRate"], body["retentionDays"]],
    [id, "Ferry & Daughters", 40, 30],
  );
  assert.equal(JSON.stringify(body["metadata"]), '{"tier":"gold","__proto__":"text"}');
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("what is emptied is taken away, and what somebody else has changed meanwhile stays", async () => {
  const { svix } = world;
  const name = " Kestrel\nBank ";
  const { id } = await svix.application.create({ name, uid: "kestrel", throttleRate: 9 });
  const { page, complaints } = await inside(`/applications/${id}/change`);
  await page.getByLabel(/^UID/).fill("");
  await page.getByLabel(/^At most so many a second/).fill("");
  await svix.application.patch(id, { metadata: { tier: "silver" } });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Change" }).waitFor();
  const { body } = await ask(id);
  assert.deepEqual(
    [body["name"], body["uid"], body["throttleRate"], body["metadata"]],
    [name, null, null, { tier: "silver" }],
  );
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("with the keyboard alone: an application is changed", async () => {
  const { id } = await world.svix.application.create({ name: "Ada's bakery" });
  const { page, complaints } = await inside("/applications");
  const { keyboard } = page;
  const reach = (name: RegExp) => reachByTab(page, name);
  await page.getByRole("link", { name: "Ada's bakery" }).waitFor();
  await reach(/^Ada's bakery$/);
  await keyboard.press("Enter");
  await page.getByRole("link", { name: "Change" }).waitFor();
  await reach(/^Change$/);
  await keyboard.press("Enter");
  await page.getByLabel("Name", { exact: true }).waitFor();
  await reach(/^Name$/);
  await keyboard.press("Control+A");
  await keyboard.type("Ada & sons");
  await keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Ada & sons" }).waitFor();
  assert.equal((await ask(id)).body["name"], "Ada & sons");
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a token that can't change the application is shown no way to", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  const { token } = await world.svix.authentication.appPortalAccess("northwind", {});
  await logIn(page, token);
  await page.getByRole("link", { name: "Add an endpoint" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Change" }).count(), 0);
  assert.deepEqual(complaints, []);
  await page.context().close();
});
