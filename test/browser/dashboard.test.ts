/** The dashboard in a real browser: every page, with a mouse, with the keyboard alone, and as screen readers have it. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { accessibilityProblems } from "./accessibility.ts";
import { launchBrowser, logIn, openPage, type WatchedPage } from "./chromium.ts";
import { type Populated, populate, startWorld, type World } from "./world.ts";

/** `UPDATE_DOCS=1` keeps what the pages look like. */
const keepsImages = process.env["UPDATE_DOCS"] === "1";
/** Which pages of those, in which scheme. */
const kept = new Set([
  "overview-light",
  "overview-dark",
  "endpoints-light",
  "endpoint-dark",
  "message-light",
]);
const images = join(import.meta.dirname, "../../docs/images");

let world: World;
let populated: Populated;
let browser: Browser;

before(async () => {
  mkdirSync(images, { recursive: true });
  world = await startWorld("dashboard");
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

interface Shown {
  readonly name: string;
  readonly path: () => string;
  readonly heading: string | RegExp;
  /** Is there when everything is. */
  readonly text: string | RegExp;
}

const pages: readonly Shown[] = [
  {
    name: "overview",
    path: () => "/",
    heading: "Overview",
    text: "of 1 with something to send",
  },
  {
    name: "applications",
    path: () => "/applications",
    heading: "Applications",
    text: "Northwind Freight",
  },
  {
    name: "endpoints",
    path: () => `/applications/${populated.application}`,
    heading: "Ada's bakery",
    text: /^failing/,
  },
  {
    name: "endpoint",
    path: () => `/applications/${populated.application}/endpoints/${populated.failing}`,
    heading: /\/broken$/,
    text: "Last hour: 0 succeeded, 12 failed, 0 unanswered",
  },
  {
    name: "messages",
    path: () => `/applications/${populated.application}/messages`,
    heading: "Ada's bakery",
    text: "order.paid-1",
  },
  {
    name: "message",
    path: () => `/applications/${populated.application}/messages/${populated.message}`,
    heading: "order.paid",
    text: '"order": "A-1001"',
  },
  {
    name: "event-types",
    path: () => "/event-types",
    heading: "Event types",
    text: "A parcel left the house.",
  },
  {
    name: "background-tasks",
    path: () => "/background-tasks",
    heading: "Background tasks",
    text: "No background tasks",
  },
  { name: "api-keys", path: () => "/access", heading: "API keys", text: "No API keys" },
];

for (const { name, path, heading, text } of pages) {
  test(`${name}: is shown, is accessible in both schemes, and breaks no rule of its policy`, async () => {
    const { page, complaints } = await inside();
    await page.goto(path());
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await page.getByText(text).first().waitFor();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await accessibilityProblems(page), [], colorScheme);
      const image = `${name}-${colorScheme}`;
      if (keepsImages && kept.has(image)) {
        await page.screenshot({ path: join(images, `${image}.png`) });
      }
    }
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
}

test("the login says what is wrong with a token, and is accessible", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  await page.goto(`/applications/${populated.application}`);
  await page.getByLabel("API key or token").fill("pk_nobody");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "got another one" }).waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("whoever logs out is out, in every tab, and the cookie is gone", async () => {
  const { page } = await inside();
  const other = await page.context().newPage();
  await other.goto("/applications");
  await other.getByRole("link", { name: "Northwind Freight" }).waitFor();
  const [cookie] = await page.context().cookies();
  assert.equal(cookie?.name, "__Host-posthorn-session");
  assert.equal(cookie.httpOnly && cookie.secure && cookie.sameSite === "Strict", true);
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("API key or token").waitFor();
  assert.deepEqual(await page.context().cookies(), []);
  await other.getByRole("link", { name: "Event types" }).click();
  await other.getByLabel("API key or token").waitFor();
  await page.context().close();
});

for (const [host, keeps] of [
  ["localhost", true],
  ["posthorn.test", false],
] as const) {
  test(`over http://${host} the browser ${keeps ? "keeps the cookie" : "does not keep the cookie, and the login says so"}`, async () => {
    const own = await launchBrowser("--host-resolver-rules=MAP posthorn.test 127.0.0.1");
    const address = world.posthorn.address.replace("127.0.0.1", host);
    const { page } = await openPage(own, address);
    await page.goto("/login");
    await page.getByLabel("API key or token").fill(world.token);
    await page.keyboard.press("Enter");
    await (keeps
      ? page.getByRole("button", { name: "Log out" }).waitFor()
      : page
          .getByRole("alert")
          .filter({ hasText: "does not keep the session's cookie" })
          .waitFor());
    await own.close();
  });
}

test("the overview is live: what is sent is seen without being asked for", async () => {
  const { page, complaints } = await inside();
  await page.goto("/");
  const accepted = page.locator(".tile", { hasText: "Accepted" }).locator(".tile-value");
  await page.getByText("live", { exact: true }).waitFor();
  const before = Number(await accepted.textContent());
  await world.svix.message.create("kestrel", { eventType: "order.paid", payload: {} });
  await accepted.getByText(String(before + 1), { exact: true }).waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("with the keyboard alone: from the login to a message that is resent", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  const press = (key: string) => page.keyboard.press(key);
  /** Tabs on until what has the focus is called so. */
  const reach = async (name: RegExp) => {
    for (let presses = 0; presses < 200; presses += 1) {
      await press("Tab");
      const focused = await page.evaluate<string>(
        "(document.activeElement?.ariaLabel ?? document.activeElement?.textContent ?? '').trim()",
      );
      if (name.test(focused)) return;
    }
    assert.fail(`nothing called ${String(name)} can be reached`);
  };
  await page.goto("/login");
  await page.getByLabel("API key or token").waitFor();
  await page.keyboard.type(world.token);
  await press("Enter");
  await page.getByRole("link", { name: "Applications" }).waitFor();
  await reach(/^Applications$/);
  await press("Enter");
  await page.getByRole("link", { name: "Ada's bakery" }).waitFor();
  await reach(/^Ada's bakery$/);
  await press("Enter");
  await page.getByRole("heading", { level: 1, name: "Ada's bakery" }).waitFor();
  await reach(/^Messages$/);
  await press("Enter");
  await page.getByText("order.shipped-12").waitFor();
  await reach(/^msg_/);
  await press("Enter");
  await page.getByRole("button", { name: "Resend" }).first().waitFor();
  const before = world.receiver.count("/orders");
  await reach(/^Resend$/);
  await press("Enter");
  await page.getByText("resent").waitFor();
  await world.receiver.requests("/orders", before + 1);
  assert.deepEqual(complaints, []);
  await page.context().close();
});
