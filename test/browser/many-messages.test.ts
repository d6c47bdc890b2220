/** The dashboard in a real browser: what is done with many of an endpoint's messages is counted before, and watched until it is done. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { accessibilityProblems } from "./accessibility.ts";
import { launchBrowser, logIn, openPage, type WatchedPage } from "./chromium.ts";
import { type Populated, populate, startWorld, type World } from "./world.ts";

let world: World;
let populated: Populated;
let browser: Browser;

before(async () => {
  world = await startWorld("many-messages");
  populated = await populate(world);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await world?.close();
});

async function inside(): Promise<WatchedPage> {
  const opened = await openPage(browser, world.posthorn.address);
  await logIn(opened.page, world.token);
  return opened;
}

test("what was delivered is sent again: counted before, and watched until it is done", async () => {
  const { page, complaints } = await inside();
  const { data } = await world.svix.endpoint.list("ada");
  const ledger = data.find(({ url }) => url.endsWith("/ledger"));
  await page.goto(`/applications/${populated.application}/endpoints/${ledger?.id}`);
  await page.getByText("24 were delivered, 0 have failed").waitFor();
  await page.getByLabel("What", { exact: true }).selectOption("What a filter says");
  await page.getByLabel("Event type").first().fill("order.paid");
  await page.getByLabel("Status", { exact: true }).first().focus();
  await page.getByText("that match 12 were delivered, 0 have failed").waitFor();
  const before = world.receiver.count("/ledger");
  await page.getByRole("button", { name: "Send again" }).click();
  await page.getByText("12 sent again").waitFor();
  await page.getByText("finished", { exact: true }).waitFor();
  await world.receiver.requests("/ledger", before + 12);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("what waits is given up by a filter: counted before, and watched until it is done", async () => {
  const { page, complaints } = await inside();
  const { svix, receiver } = world;
  receiver.answer("/later", () => ({ status: 503 }));
  const { id } = await svix.endpoint.create("kestrel", { url: receiver.url("/later") });
  for (const eventType of ["order.paid", "order.shipped", "order.paid"])
    await svix.message.create("kestrel", { eventType, payload: {} });
  await receiver.requests("/later", 3);
  const application = await svix.application.get("kestrel");
  await page.goto(`/applications/${application.id}/endpoints/${id}`);
  await page.getByText("3 messages wait and match.", { exact: true }).waitFor();
  await page.getByLabel("Waits of event type").fill("order.paid");
  await page.getByLabel("Waits of event type").press("Enter");
  await page.getByText("2 messages wait and match.", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Give these up" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("2 messages wait and match. They are given up").waitFor();
  await dialog.getByRole("button", { name: "Give these up" }).click();
  await page.getByText("2 given up").waitFor();
  await page.getByText("finished", { exact: true }).waitFor();
  const { pending, fail } = await svix.endpoint.getStats("kestrel", id);
  assert.deepEqual([pending, fail], [1, 2]);
  assert.deepEqual(await accessibilityProblems(page), []);
  assert.deepEqual(complaints, []);
  await page.context().close();
});
