/** The portal's endpoints in a real browser: changed, and deleted, with a mouse and with the keyboard alone. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { accessibilityProblems } from "./accessibility.ts";
import { launchBrowser, openPage, type WatchedPage } from "./chromium.ts";
import { reachByTab } from "./keyboard.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let browser: Browser;

before(async () => {
  world = await startWorld("portal-endpoint");
  const { svix } = world;
  await svix.application.create({ name: "Ferry & Daughters", uid: "ferry" });
  await svix.application.create({ name: "Northwind Freight", uid: "northwind" });
  for (const name of ["order.paid", "order.shipped"]) {
    await svix.eventType.create({ name, description: `It is about ${name}.` });
  }
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await world?.close();
});

/** An application's portal, opened by its link. */
async function openPortal(uid: string): Promise<WatchedPage> {
  const { url } = await world.svix.authentication.appPortalAccess(uid, {});
  const opened = await openPage(browser, world.posthorn.address);
  await opened.page.goto(url);
  return opened;
}

async function atEndpoints(page: Page, heading: string): Promise<void> {
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
}

test("an endpoint of one's own is changed and deleted, and who deletes it is told what is lost", async () => {
  const { svix, receiver } = world;
  const { id } = await svix.endpoint.create("ferry", {
    url: receiver.url("/before"),
    eventTypes: ["order.paid", "order.of-old"],
    throttleRate: 7,
    headers: { "x-house": "ferry", authorization: "Bearer of somebody" },
  });
  const { page, complaints } = await openPortal("ferry");
  await atEndpoints(page, "Ferry & Daughters");
  await page.getByRole("link", { name: /\/before$/ }).click();
  await page.getByRole("link", { name: "Change" }).click();
  await page.getByLabel("URL").fill(receiver.url("/after"));
  await page.getByLabel("Description").fill("The ferry's own");
  assert.equal(await page.getByLabel("At most so many a second").inputValue(), "7");
  await page.getByLabel("At most so many a second").fill("");
  await page.getByLabel("Only of these channels").fill("pier, quay");
  assert.equal(await page.getByLabel(/^order\.of-old/).isChecked(), true);
  await page.getByLabel(/^order\.paid/).uncheck();
  await page.getByLabel(/^order\.shipped/).check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { level: 1, name: /\/after$/ }).waitFor();
  const changed = await svix.endpoint.get("ferry", id);
  assert.deepEqual(
    [changed.url, changed.description, changed.throttleRate, changed.eventTypes, changed.channels],
    [
      receiver.url("/after"),
      "The ferry's own",
      null,
      ["order.shipped", "order.of-old"],
      ["pier", "quay"],
    ],
  );

  await page.getByRole("link", { name: "Change" }).click();
  await page.getByText("is not shown").waitFor();
  await page.getByLabel("Header", { exact: true }).fill("x-house");
  await page.getByLabel("Value", { exact: true }).fill("ferry and daughters");
  await page.getByRole("button", { name: "Set the header" }).click();
  await page.getByText("ferry and daughters").waitFor();
  const secretHeader = page.getByRole("row", { name: /^authorization/ });
  await secretHeader.getByRole("button", { name: "Take away" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take away" }).click();
  await secretHeader.waitFor({ state: "detached" });
  const { headers, sensitive } = await svix.endpoint.getHeaders("ferry", id);
  assert.deepEqual([headers, sensitive], [{ "x-house": "ferry and daughters" }, []]);
  await page.getByLabel("Header", { exact: true }).fill("host");
  await page.getByLabel("Value", { exact: true }).fill("elsewhere");
  await page.getByRole("button", { name: "Set the header" }).click();
  await page.getByRole("alert").filter({ hasText: "(422)" }).waitFor();

  await page.getByRole("link", { name: /\/after\b/ }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Its signing secret, its headers and its settings are lost").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await svix.endpoint.get("ferry", id);
  await page.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByText("No endpoints yet").waitFor();
  await assert.rejects(svix.endpoint.get("ferry", id), { code: 404 });
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("with the keyboard alone: an endpoint is changed, and deleted after all", async () => {
  const { svix, receiver } = world;
  const { id } = await svix.endpoint.create("northwind", { url: receiver.url("/old") });
  const { page, complaints } = await openPortal("northwind");
  await atEndpoints(page, "Northwind Freight");
  const { keyboard } = page;
  const reach = (name: RegExp) => reachByTab(page, name);
  await page.getByRole("link", { name: /\/old$/ }).waitFor();
  await reach(/\/old$/);
  await keyboard.press("Enter");
  await page.getByRole("link", { name: "Change" }).waitFor();
  await reach(/^Change$/);
  await keyboard.press("Enter");
  await page.getByLabel(/^order\.shipped/).waitFor();
  await reach(/^URL$/);
  await keyboard.press("Control+A");
  await keyboard.type(receiver.url("/new"));
  await reach(/^order\.shipped/);
  await keyboard.press("Space");
  await reach(/^Save$/);
  await keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /\/new$/ }).waitFor();
  assert.deepEqual((await svix.endpoint.get("northwind", id)).eventTypes, ["order.shipped"]);
  await page.getByRole("button", { name: "Delete" }).waitFor();
  await reach(/^Delete$/);
  await keyboard.press("Enter");
  // The dialog has the focus, and its first button gives it up.
  await reach(/^Cancel$/);
  await keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await keyboard.press("Enter");
  await reach(/^Delete$/);
  await keyboard.press("Enter");
  await page.getByText("No endpoints yet").waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});
