/** The dashboard's page of an application's settings in a real browser: changed, and deleted, with a mouse and with the keyboard alone. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { accessibilityProblems } from "./accessibility.ts";
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
async function ask(path: string, token = world.token) {
  const answer = await fetch(`${world.posthorn.address}/api/v1/app/${path}`, {
    headers: { authorization: `Bearer ${token}` },
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

test("whoever deletes an application is told what that means, names it, and finds it gone", async () => {
  const { svix, receiver } = world;
  receiver.answer("/broken", () => ({ status: 500 }));
  const { id } = await svix.application.create({ name: "Umbra Optics", uid: "umbra" });
  for (const uid of ["one", "two"]) {
    await svix.endpoint.create(id, { url: receiver.url("/broken"), uid });
  }
  const message = await svix.message.create(id, { eventType: "order.paid", payload: {} });
  await receiver.requests("/broken", 2);
  const access = await svix.authentication.appPortalAccess(id, {});
  const { page, complaints } = await inside("/applications");
  await page.getByRole("link", { name: "Umbra Optics" }).click();
  await page.getByRole("link", { name: "Change" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("nor can its 2 endpoints, with secrets, headers and settings").waitFor();
  await dialog.getByText("2 deliveries wait for them: they are given up").waitFor();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await accessibilityProblems(page), [], colorScheme);
  }
  const href = (await dialog.getByRole("link").getAttribute("href")) ?? "";
  const guide = await fetch(`${world.posthorn.address}${href.split("#")[0]}`);
  assert.ok((await guide.text()).includes(`id="${href.split("#")[1]}"`), href);

  const really = dialog.getByRole("button", { name: "Delete" });
  const typed = dialog.getByLabel("Type its name, UID or id");
  for (const text of ["", " ", "umbr", "Northwind Freight"]) {
    await typed.fill(text);
    assert.equal(await really.isDisabled(), true, text);
  }
  await typed.fill("umbra");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  assert.equal(await typed.inputValue(), "");
  assert.equal((await ask(id)).status, 200);
  await typed.fill("Umbra Optics");
  await really.click();
  await page.getByRole("link", { name: "Northwind Freight" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Umbra Optics" }).count(), 0);
  for (const path of [id, "umbra", `${id}/endpoint/one`, `${id}/msg/${message.id}`]) {
    assert.equal((await ask(path)).status, 404, path);
  }
  assert.equal((await ask(`${id}/endpoint`, access.token)).status, 404);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("with the keyboard alone: an application is changed, and deleted after all", async () => {
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
  await page.getByRole("link", { name: "Change" }).waitFor();
  await reach(/^Change$/);
  await keyboard.press("Enter");
  await page.getByRole("button", { name: "Delete" }).waitFor();
  await reach(/^Delete$/);
  await keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("It has no endpoints.").waitFor();
  await reach(/^Type its name, UID or id$/);
  await keyboard.type("Ada's bakery");
  await keyboard.press("Enter");
  assert.equal(await dialog.isVisible(), true);
  await keyboard.press("Control+A");
  await keyboard.type(id);
  await keyboard.press("Enter");
  await page.getByRole("link", { name: "Northwind Freight" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Ada & sons" }).count(), 0);
  assert.equal((await ask(id)).status, 404);
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
