/** The dashboard in a real browser: every page, with a mouse, with the keyboard alone, and as screen readers have it. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { putManifests } from "../archive/manifests.ts";
import { accessibilityProblems } from "./accessibility.ts";
import { launchBrowser, logIn, openPage, type WatchedPage } from "./chromium.ts";
import { reachByTab } from "./keyboard.ts";
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
  await putManifests(world.archive, 2);
  await world.archive.put("manifests/notes.txt", Buffer.from("whose?"));
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
    name: "application-change",
    path: () => `/applications/${populated.application}/change`,
    heading: "Change the application",
    text: /^Metadata/,
  },
  {
    name: "endpoint",
    path: () => `/applications/${populated.application}/endpoints/${populated.failing}`,
    heading: /\/broken$/,
    text: "Last hour: 0 succeeded, 12 failed, 0 unanswered",
  },
  {
    name: "endpoint-change",
    path: () => `/applications/${populated.application}/endpoints/${populated.failing}/change`,
    heading: "Change the endpoint",
    text: "No headers",
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
    name: "endpoint-messages",
    path: () =>
      `/applications/${populated.application}/endpoints/${populated.failing}?of=messages&status=1`,
    heading: /\/broken$/,
    text: /^msg_/,
  },
  {
    name: "event-type",
    path: () => "/event-types/order.paid",
    heading: "order.paid",
    text: "Schema 1, a JSON Schema",
  },
  {
    name: "new-event-type",
    path: () => "/new-event-type",
    heading: "Add an event type",
    text: "deprecated: endpoints are advised against it",
  },
  {
    name: "background-tasks",
    path: () => "/background-tasks",
    heading: "Background tasks",
    text: "No background tasks",
  },
  {
    name: "storage",
    path: () => "/storage",
    heading: "Storage",
    text: "it is not a manifest of this program",
  },
  {
    name: "audit-log",
    path: () => "/audit-log",
    heading: "Audit log",
    text: "v1.event-type.create",
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

test("an event type shows its schema and an example of it", async () => {
  const { page, complaints } = await inside();
  await page.goto("/event-types");
  await page.getByText("Schema 1").first().click();
  const example = await page.getByLabel("Example of 1").first().textContent();
  assert.equal(JSON.parse(example ?? "").order, "A-1001");
  assert.deepEqual(await accessibilityProblems(page), []);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("what is loaded first is 200 kB at the most, compressed", async () => {
  const { page } = await openPage(browser, world.posthorn.address);
  let bytes = 0;
  page.on("response", (response) => {
    if (new URL(response.url()).pathname.startsWith("/assets/"))
      bytes += Number(response.headers()["content-length"]);
  });
  await logIn(page, world.token);
  await page.getByRole("img", { name: /^Latency by the minute/ }).waitFor();
  assert.ok(bytes > 100_000 && bytes <= 200_000, `${bytes} bytes`);
  await page.context().close();
});

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

test("an endpoint that is held is tried at once when it is asked for, and can be disabled and enabled", async () => {
  const { page, complaints } = await inside();
  const { svix, receiver } = world;
  receiver.answer("/busy", (_request, count) =>
    count === 1 ? { status: 429, headers: { "retry-after": "3000" } } : { status: 200 },
  );
  const { id } = await svix.endpoint.create("umbra", { url: receiver.url("/busy") });
  await svix.message.create("umbra", { eventType: "order.paid", payload: { number: 1 } });
  await receiver.requests("/busy", 1);
  const application = await svix.application.get("umbra");
  await page.goto(`/applications/${application.id}/endpoints/${id}`);
  await page.getByText("held", { exact: true }).waitFor();
  await svix.message.create("umbra", { eventType: "order.paid", payload: { number: 2 } });
  assert.equal(receiver.count("/busy"), 1);
  await page.getByRole("button", { name: "Try now" }).click();
  await receiver.requests("/busy", 2);
  await page.getByText("working", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByLabel("Reason").fill("incident <7>");
  await page.keyboard.press("Enter");
  await page.getByText("incident <7>").waitFor();
  await page.getByText("it is resumed").waitFor();
  await svix.message.create("umbra", { eventType: "order.paid", payload: { number: 3 } });
  const sentBefore = receiver.count("/busy");
  await page.getByRole("button", { name: "Resume" }).click();
  await receiver.requests("/busy", sentBefore + 1);
  await page.getByText("working", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await page.getByText("disabled", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Enable" }).click();
  await page.getByRole("button", { name: "Disable" }).waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("an application's token is shown what it reaches, and no more", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  const { token } = await world.svix.authentication.appPortalAccess("ada", { readOnly: true });
  await logIn(page, token);
  await page.getByRole("heading", { level: 1, name: "Ada's bakery" }).waitFor();
  const menu = page.getByRole("navigation", { name: "Main" });
  const places = await menu.getByRole("link").allTextContents();
  assert.deepEqual(places, ["Endpoints", "Messages", "Event types", "Guide", "API reference"]);
  await page.getByText("read only").waitFor();
  assert.equal(await page.getByRole("link", { name: "Add an endpoint" }).count(), 0);
  const refused: string[] = [];
  page.on("response", (answer) => {
    if (answer.status() >= 400) refused.push(`${answer.status()} ${answer.url()}`);
  });
  await menu.getByRole("link", { name: "Messages" }).click();
  await page.getByText("order.paid-1", { exact: true }).waitFor();
  await menu.getByRole("link", { name: "Event types" }).click();
  await page.getByText("A parcel left the house.").waitFor();
  await menu.getByRole("link", { name: "Endpoints" }).click();
  await page.getByRole("link", { name: /\/broken$/ }).click();
  await page.getByText("500").first().waitFor();
  assert.deepEqual(refused, []);
  assert.deepEqual(await accessibilityProblems(page), []);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a key is made, told once, works, and is refused when it is revoked", async () => {
  const { page, complaints } = await inside();
  await page.goto("/access");
  await page.getByLabel("Name").fill("Deployment");
  await page.getByRole("button", { name: "Make" }).click();
  const told = page.getByRole("status").filter({ hasText: "it is not told again" });
  const key = await told.locator("code").textContent();
  const ask = async () =>
    (
      await fetch(`${world.posthorn.address}/api/v1/app`, {
        headers: { authorization: `Bearer ${key}` },
      })
    ).status;
  assert.equal(await ask(), 200);
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("No API keys").waitFor();
  assert.equal(await ask(), 401);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("with the keyboard alone: from the login to a message that is resent", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  const press = (key: string) => page.keyboard.press(key);
  const reach = (name: RegExp) => reachByTab(page, name);
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
