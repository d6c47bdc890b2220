/** The incident drill by the dashboard's pages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { drill, type Operator, stageIncident } from "../e2e/incident-drill.ts";
import { launchBrowser, logIn, openPage } from "./chromium.ts";
import { startWorld } from "./world.ts";

/** From the overview on, by what is to be seen and clicked. */
function operatorOf(page: Page): Operator {
  const endpointLink = (name: string) => page.getByRole("link", { name: new RegExp(`/${name}$`) });
  const openEndpoint = async (name: string): Promise<void> => {
    await page.goto("/applications");
    await page.getByRole("link", { name: "Shop" }).click();
    await endpointLink(name).click();
    await page.getByRole("heading", { level: 1, name: new RegExp(`/${name}$`) }).waitFor();
  };
  return {
    failing: async () => {
      await page.goto("/");
      await page.getByText("live", { exact: true }).waitFor();
      const worst = page.getByRole("group", { name: "Worst endpoints" }).getByRole("row");
      const rows = worst.filter({ hasText: "failing" }).getByRole("link");
      const urls = await rows.allTextContents();
      return urls.map((url) => new URL(url).pathname.slice(1));
    },
    failuresOf: async (name) => {
      await page.goto("/");
      await endpointLink(name).click();
      await page.getByRole("link", { name: /^msg_/ }).first().click();
      const attempt = page.locator(".timeline > li").filter({ hasText: `/${name}` });
      await attempt.locator("summary").click();
      return attempt.getByLabel(/^Answer to/).allTextContents();
    },
    pause: async (name, reason) => {
      await openEndpoint(name);
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByLabel("Reason").fill(reason);
      await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
      await page.getByText(reason).waitFor();
    },
    resume: async (name) => {
      await openEndpoint(name);
      await page.getByRole("button", { name: "Resume" }).click();
      await page.getByRole("button", { name: "Pause" }).waitFor();
    },
    enable: async (name) => {
      await openEndpoint(name);
      await page.getByRole("button", { name: "Enable" }).click();
      await page.getByRole("button", { name: "Disable" }).waitFor();
    },
    replayMissing: async (name) => {
      await openEndpoint(name);
      await page.getByLabel("What", { exact: true }).selectOption("What it was never sent");
      await page.getByRole("button", { name: "Send again" }).click();
      await page.getByText("finished", { exact: true }).waitFor();
      const told = await page.getByText(/^\d+ sent again$/).textContent();
      return Number.parseInt(told ?? "", 10);
    },
  };
}

test("by the dashboard the operator finds what fails and why, pauses one endpoint, and replays what another has missed", async () => {
  const world = await startWorld("drill");
  const browser = await launchBrowser();
  try {
    await stageIncident(world);
    const { page, complaints } = await openPage(browser, world.posthorn.address);
    await logIn(page, world.token);
    await drill(world, operatorOf(page));
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
    await world.close();
  }
});
