/** The inspector on an endpoint's page: what came, live and hostile, how it answers, by keyboard, for everybody. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { visible } from "../../dashboard/src/components/text.ts";
import { accessibilityProblems } from "./accessibility.ts";
import { launchBrowser, logIn, openPage } from "./chromium.ts";
import { hostileTexts } from "./hostile-texts.ts";
import { startWorld, type World } from "./world.ts";

/** What a header's value may be made of. */
const printable = /^[\x20-\x7e]+$/;

let world: World;
let browser: Browser;

before(async () => {
  world = await startWorld("inspector-page");
  await world.svix.application.create({ name: "Shop", uid: "shop" });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

test("what comes is shown as it does, as text, and is answered as the form says", async () => {
  const { svix } = world;
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  await logIn(page, world.token);
  await page.goto("/applications/shop/new-endpoint");
  await page.getByLabel("URL").fill("http://inspector.invalid/");
  await page.keyboard.press("Enter");
  await page.getByText("Nothing yet").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);

  const payload = Object.fromEntries(hostileTexts.map((text) => [text, text]));
  await svix.message.create("shop", { eventType: "a.b", payload });
  const first = page.locator(".timeline li").first();
  await first.getByText("verified", { exact: true }).waitFor();
  await first.locator("summary").focus();
  await page.keyboard.press("Enter");
  await first.getByText("webhook-signature").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  const shown = (await page.getByLabel("Body of arr_").textContent()) ?? "";
  for (const text of hostileTexts) {
    assert.ok(shown.includes(visible(JSON.stringify(text).slice(1, -1))), text);
  }

  const endpoint = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  for (const texts of halvesOf(hostileTexts.filter((text) => printable.test(text)))) {
    const headers = Object.fromEntries(texts.map((text, at) => [`x-hostile-${at}`, text]));
    await svix.endpoint.patchHeaders("shop", endpoint, { headers });
    await svix.message.create("shop", { eventType: "a.b", payload: {} });
    const newest = page.locator(".timeline li").filter({ hasText: texts[0] ?? "" });
    await newest.locator("summary").click();
    const facts = (await newest.locator(".facts").textContent()) ?? "";
    for (const text of texts) assert.ok(facts.includes(text), text);
  }

  await page.getByRole("textbox", { name: "Status" }).fill("503");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "http://inspector.invalid/?status=503" }).waitFor();
  await svix.message.create("shop", { eventType: "a.b", payload: {} });
  await page.locator(".timeline li").first().getByText("503", { exact: true }).waitFor();
  assert.deepEqual(complaints, []);
});

/** An endpoint has at most 32 headers. */
function halvesOf(texts: readonly string[]): readonly (readonly string[])[] {
  const half = Math.ceil(texts.length / 2);
  return [texts.slice(0, half), texts.slice(half)];
}
