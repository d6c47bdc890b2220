/** What is in the archive, on the dashboard's page of what is stored, in a real browser. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { putManifests } from "../archive/manifests.ts";
import { accessibilityProblems } from "./accessibility.ts";
import { launchBrowser, logIn, openPage } from "./chromium.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let browser: Browser;

before(async () => {
  world = await startWorld("storage");
  await putManifests(world.archive, 120);
  await world.archive.put("manifests/00000119.history.json", Buffer.from("altered"));
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await world?.close();
});

/** What a cell of the archives' table says, in a row and a column from 0. */
async function cellOf(page: Page, row: number, column: number): Promise<string> {
  const rows = page.getByRole("table", { name: "Archives" }).locator("tbody tr");
  return (await rows.nth(row).locator("th, td").nth(column).textContent()) ?? "";
}

test("archives are shown in pages, the newest first, and what is damaged says so", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  await logIn(page, world.token);
  await page.goto("/storage");
  const first = page.getByRole("rowheader", { name: "00000120.history" });
  await first.waitFor();
  assert.deepEqual(await Promise.all([0, 1, 2, 3, 4, 6].map((column) => cellOf(page, 0, column))), [
    "00000120.historyeverything of JobDb 120",
    "whole",
    "240",
    "120",
    "513 KiB",
    "2026-11-06 00:002026-11-06 00:59",
  ]);
  assert.deepEqual(await Promise.all([0, 1].map((column) => cellOf(page, 1, column))), [
    "00000119.historyit is not a manifest of this program",
    "damaged",
  ]);
  assert.deepEqual(await accessibilityProblems(page), []);
  const pager = page.getByRole("navigation", { name: "Pages of Archives" });
  await pager.getByRole("button", { name: "Next" }).click();
  await page.getByRole("rowheader", { name: "00000070.history" }).waitFor();
  await pager.getByRole("button", { name: "Next" }).click();
  await page.getByRole("rowheader", { name: "00000020.history" }).waitFor();
  assert.equal(await pager.getByRole("button", { name: "Next" }).isDisabled(), true);
  await page.reload();
  await page.getByRole("rowheader", { name: "00000001.history" }).waitFor();
  await pager.getByRole("button", { name: "Previous" }).click();
  await page.getByRole("rowheader", { name: "00000070.history" }).waitFor();
  await pager.getByRole("button", { name: "First" }).click();
  await first.waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a server that archives nothing says so, and shows the rest", async () => {
  const own = await startWorld("no-archive", { archive: "off" });
  const { page, complaints } = await openPage(browser, own.posthorn.address);
  await logIn(page, own.token);
  await page.goto("/storage");
  await page.getByText("Nothing is archived").waitFor();
  await page.getByText("Free on disk").waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
  assert.deepEqual(await accessibilityProblems(page), []);
  assert.deepEqual(complaints, []);
  await page.context().close();
  await own.close();
});
