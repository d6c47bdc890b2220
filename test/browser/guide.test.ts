/** The guide in a real browser: every page that its table of contents leads to, by mouse, keyboard and screen reader. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { accessibilityProblems } from "./accessibility.ts";
import { launchBrowser, logIn, openPage } from "./chromium.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let browser: Browser;

before(async () => {
  world = await startWorld("guide");
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await world?.close();
});

/** Addresses of the page's links to this server, without their anchors. */
async function linksOf(page: Page): Promise<string[]> {
  const links = page.getByRole("link");
  const addresses = await links.evaluateAll((found) => found.map((link) => String(link)));
  return [...new Set(addresses.map((address) => address.replace(/#.*/, "")))].filter((address) =>
    address.startsWith(world.posthorn.address),
  );
}

test("every page is served, accessible in both schemes, and breaks no rule of its policy; every link leads somewhere", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  await page.goto("/guide");
  const pages = (await linksOf(page)).filter((address) => /\/guide(?:\/|$)/.test(address));
  assert.ok(pages.length > 8);
  const asked = new Set<string>();
  for (const address of pages) {
    await page.goto(address);
    await page.getByRole("heading", { level: 1 }).waitFor();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await accessibilityProblems(page), [], `${address} ${colorScheme}`);
    }
    for (const link of await linksOf(page)) {
      if (asked.has(link)) continue;
      asked.add(link);
      assert.equal((await fetch(link)).status, 200, `${link} on ${address}`);
    }
  }
  assert.deepEqual(complaints, []);
});

test("by the keyboard: past the contents to the text, and to a section", async () => {
  const { page } = await openPage(browser, world.posthorn.address);
  await page.goto("/guide/operations");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate("document.activeElement.id"), "content");
  const section = page.getByRole("navigation").getByRole("link", { name: "Backups" });
  await section.focus();
  await page.keyboard.press("Enter");
  assert.match(page.url(), /#backups$/);
});

test("the dashboard leads to it, and its colours are the dashboard's", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  await logIn(page, world.token);
  await page.getByLabel("Colours").selectOption("dark");
  await page.getByRole("link", { name: "Guide" }).click();
  await page.getByRole("heading", { name: "The guide", level: 1 }).waitFor();
  assert.equal(await page.evaluate("document.documentElement.style.colorScheme"), "dark");
  await page.getByRole("link", { name: "Dashboard" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  assert.deepEqual(complaints, []);
});

test("the API's reference leads to it", async () => {
  const { page } = await openPage(browser, world.posthorn.address);
  await page.goto("/docs");
  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: "The guide" }).click();
  const guide = await opened;
  await guide.getByRole("heading", { name: "The guide", level: 1 }).waitFor();
  // Its style sheet is there.
  const display = "getComputedStyle(document.querySelector('.shell')).display";
  assert.equal(await guide.evaluate(display), "grid");
});
