/** The dashboard's event types, applications and API keys in a real browser: made, changed, put away. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { accessibilityProblems } from "./accessibility.ts";
import { launchBrowser, logIn, openPage, type WatchedPage } from "./chromium.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let browser: Browser;

before(async () => {
  world = await startWorld("catalogue");
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

test("an event type is added, changed without losing its other schemas, archived and taken back", async () => {
  const { svix } = world;
  const { page, complaints } = await inside("/event-types");
  await page.getByRole("link", { name: "Add an event type" }).click();
  await page.getByLabel("Name").fill("parcel.lost");
  await page.getByLabel("Description").fill("A parcel is nowhere.");
  await page.getByLabel(/^Schema 1/).fill("{ no JSON");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "The schema is no JSON" }).waitFor();
  await page.getByLabel(/^Schema 1/).fill('{"type":"object","properties":{"parcel":{"const":7}}}');
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("A parcel is nowhere.").waitFor();
  await page.getByText("Schema 1").first().click();
  assert.deepEqual(JSON.parse((await page.getByLabel("Example of 1").textContent()) ?? ""), {
    parcel: 7,
  });

  const first = { type: "object", title: "the first" };
  await svix.eventType.patch("parcel.lost", { schemas: { "1": first, "2": { type: "object" } } });
  await page.reload();
  await page.getByRole("link", { name: "Change parcel.lost" }).click();
  await page.getByLabel("Description").fill("A parcel has not come.");
  await page.getByLabel(/^Schema 2/).fill('{"type":"object","title":"the second"}');
  await page.getByLabel(/^deprecated/).check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("A parcel has not come.").waitFor();
  const changed = await svix.eventType.get("parcel.lost");
  assert.equal(changed.deprecated, true);
  assert.deepEqual(changed.schemas, { "1": first, "2": { type: "object", title: "the second" } });

  await page.getByRole("link", { name: "Change parcel.lost" }).click();
  await page.getByRole("button", { name: "Archive" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Archive" }).click();
  await page.getByText("It is archived.").waitFor();
  assert.equal((await svix.eventType.get("parcel.lost")).archived, true);
  await page.getByRole("button", { name: "Take it back" }).click();
  await page.getByRole("button", { name: "Archive" }).waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("an application is added, and the link to its portal opens that", async () => {
  const { page, complaints } = await inside("/applications");
  await page.getByLabel("Name").fill("Ferry & Daughters");
  await page.getByLabel(/^UID/).fill("ferry");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Ferry & Daughters" }).waitFor();
  const { id } = await world.svix.application.get("ferry");
  assert.ok(page.url().endsWith(`/applications/${id}`));
  await page.getByRole("button", { name: "Make a portal link" }).click();
  const link = await page.getByRole("status").locator("code").textContent();
  assert.deepEqual(await accessibilityProblems(page), []);
  const portal = await openPage(browser, world.posthorn.address);
  await portal.page.goto(link ?? "");
  await portal.page.getByRole("heading", { level: 1, name: "Ferry & Daughters" }).waitFor();
  assert.deepEqual([...complaints, ...portal.complaints], []);
  await page.context().close();
  await portal.page.context().close();
});

test("a key for one application until tomorrow reaches that one, and says until when", async () => {
  await world.svix.application.create({ name: "Ada's bakery", uid: "ada" });
  await world.svix.application.create({ name: "Umbra Optics", uid: "umbra" });
  const { page, complaints } = await inside("/access");
  await page.getByLabel("Name").fill("Ada's own");
  await page.getByLabel(/^Only for the application/).fill("ada");
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);
  await page.getByLabel(/^Until/).fill(tomorrow);
  await page.getByRole("button", { name: "Make" }).click();
  const told = page.getByRole("status").filter({ hasText: "it is not told again" });
  const key = await told.locator("code").textContent();
  const statusOf = async (path: string) =>
    (
      await fetch(`${world.posthorn.address}/api/v1/app${path}`, {
        headers: { authorization: `Bearer ${key}` },
      })
    ).status;
  assert.deepEqual(
    [await statusOf("/ada"), await statusOf("/umbra"), await statusOf("")],
    [200, 404, 403],
  );
  const expires = page
    .getByRole("row", { name: /Ada's own/ })
    .locator("time")
    .last();
  assert.equal(await expires.getAttribute("datetime"), `${tomorrow}:00.000Z`);
  assert.deepEqual(complaints, []);
  await page.context().close();
});
