/** The customers' portal in a real browser: by its link and in a frame, with a mouse, with the keyboard alone, and only reading. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { makeScratchFolder } from "../e2e/scratch-folder.ts";
import { accessibilityProblems } from "./accessibility.ts";
import { launchBrowser, openPage } from "./chromium.ts";
import { reachByTab } from "./keyboard.ts";
import { hostileTexts } from "./hostile-texts.ts";
import { type Populated, populate, startWorld, type World } from "./world.ts";

/** `UPDATE_DOCS=1` keeps what the pages look like. */
const keepsImages = process.env["UPDATE_DOCS"] === "1";
const images = join(import.meta.dirname, "../../docs/images");
const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><rect width="28" height="28" rx="7" fill="#0f766e"/><path d="M8 20V8l12 12V8" fill="none" stroke="#fff" stroke-width="3" stroke-linejoin="round"/></svg>`;
const files = makeScratchFolder("portal-logo");

let world: World;
let populated: Populated;
let browser: Browser;
/** Somebody else's pages: `/?` and an address has that in a frame. */
let framer: Server;
let framerAddress: string;

before(async () => {
  framer = createServer((request, response) => {
    const address = decodeURIComponent((request.url ?? "").slice(2));
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><iframe width=1200 height=700 src="${address}"></iframe>`);
  }).listen(0, "127.0.0.1");
  await once(framer, "listening");
  const { port } = framer.address() as AddressInfo;
  framerAddress = `http://localhost:${port}`;
  const brandLogo = join(files.path, "logo.svg");
  writeFileSync(brandLogo, logo);
  world = await startWorld("portal", {
    brandName: "Northwind",
    brandLogo,
    brandColor: "#0f766e",
    portalFrameAncestors: framerAddress,
  });
  populated = await populate(world);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await world?.close();
  framer?.close();
  files.remove();
});

interface Link {
  readonly url: string;
  readonly token: string;
}

function linkOf(uid: string, options = {}): Promise<Link> {
  return world.svix.authentication.appPortalAccess(uid, options);
}

/** The portal, opened by its link; `said` has what all requests told of it. */
async function openPortal({ url }: Link, more = "") {
  const opened = await openPage(browser, world.posthorn.address);
  const said: string[] = [];
  opened.page.on("request", (request) => {
    said.push(request.url(), request.headers()["referer"] ?? "");
  });
  await opened.page.goto(`${url}${more}`);
  return { ...opened, said };
}

async function atEndpoints(page: Page, heading = "Ada's bakery"): Promise<void> {
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
}

test("from the link to an endpoint of one's own: tested, resent to, its secret changed, and sent what it has missed", async () => {
  const link = await linkOf("kestrel");
  const { svix, receiver } = world;
  const { id: missed } = await svix.message.create("kestrel", {
    eventType: "order.paid",
    payload: { order: "K-1" },
  });
  const { page, complaints, said } = await openPortal(link);
  await atEndpoints(page, "Kestrel Bank");
  await page.getByText("No endpoints yet").waitFor();
  await page.getByRole("link", { name: "Add an endpoint" }).click();
  await page.getByLabel("URL").fill(receiver.url("/kestrel"));
  await page.getByLabel(/^order\.paid/).check();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: /\/kestrel$/ }).waitFor();
  const [endpoint] = (await svix.endpoint.list("kestrel")).data;
  assert.deepEqual(endpoint?.eventTypes, ["order.paid"]);

  await page.getByLabel("Example of").selectOption("order.paid");
  await page.getByRole("button", { name: "Send the test" }).click();
  await page.getByRole("link", { name: "see what came of it" }).click();
  await page.getByRole("heading", { level: 1, name: "order.paid" }).waitFor();
  await receiver.requests("/kestrel", 1);
  await page.locator(".timeline summary").first().click();
  await page.getByRole("button", { name: "Resend" }).click();
  await page.getByText("resent").waitFor();
  await receiver.requests("/kestrel", 2);

  await page.getByRole("link", { name: /\/kestrel$/ }).click();
  const secret = async () => (await svix.endpoint.getSecret("kestrel", endpoint?.id ?? "")).key;
  const first = await secret();
  await page.getByRole("button", { name: "Show the secret" }).click();
  await page.getByText(first, { exact: true }).waitFor();
  await page.getByRole("button", { name: "Rotate" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
  await page.getByText("rotated", { exact: true }).waitFor();
  const second = await secret();
  assert.notEqual(second, first);
  await page.getByText(second, { exact: true }).waitFor();

  await page.getByLabel("What", { exact: true }).selectOption("What it was never sent");
  await page.getByRole("button", { name: "Send again" }).click();
  await page.getByText("1 sent again").waitFor();
  const sent = await receiver.requests("/kestrel", 3);
  assert.equal(sent.at(-1)?.headers["webhook-id"], missed);

  assert.ok(said.length > 0);
  for (const text of [
    link.token,
    link.token.split(".")[2] ?? "",
    new URL(link.url).hash.slice(5),
  ]) {
    assert.ok(text.length > 20);
    assert.deepEqual(
      said.filter((each) => new URL(each || "about:blank").href.replace(/#.*/s, "").includes(text)),
      [],
      "told in an address or a Referer",
    );
    assert.ok(!page.url().includes(text), "the address");
  }
  assert.deepEqual(await page.context().cookies(), []);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("the token is not found by going back, stays over a reload, and is in no other tab", async () => {
  const { page } = await openPortal(await linkOf("ada"));
  await atEndpoints(page);
  await page.getByRole("link", { name: "Messages" }).click();
  await page.goBack();
  await atEndpoints(page);
  assert.equal(new URL(page.url()).hash, "");
  await page.reload();
  await atEndpoints(page);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByText("This link does not work any more").waitFor();
  await page.context().close();
});

test("nothing of another application is shown, nor what is the operator's", async () => {
  const { page, complaints } = await openPortal(await linkOf("ferry"));
  await atEndpoints(page, "Ferry & Daughters");
  const own = populated.application;
  for (const path of [
    `/applications/${own}`,
    `/applications/${own}/endpoints/${populated.failing}`,
    `/applications/${own}/messages`,
    `/applications/${own}/messages/${populated.message}`,
  ]) {
    await page.goto(`/portal${path}`);
    await page.getByRole("alert").filter({ hasText: "(404)" }).first().waitFor();
    assert.equal(await page.getByText(/A-1001|\/broken|Ada/).count(), 0, path);
  }
  for (const path of ["applications", "audit-log", "access", "storage", "background-tasks"]) {
    await page.goto(`/portal/${path}`);
    await page.getByText("There is no such page").waitFor();
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("with a token that only reads there is everything to see, and nothing to change", async () => {
  const { page, complaints } = await openPortal(await linkOf("ada", { readOnly: true }));
  await atEndpoints(page);
  await page.getByText("read only").waitFor();
  assert.equal(await page.getByRole("link", { name: "Add an endpoint" }).count(), 0);
  await page.getByRole("link", { name: /\/broken$/ }).click();
  await page.getByText("500").first().waitFor();
  const buttons = await page.getByRole("main").getByRole("button").allTextContents();
  assert.deepEqual(
    buttons.filter((text) => !/^(copy|Filter|Clear|Newest|Older|First|Next|Previous)$/.test(text)),
    [],
  );
  await page.goto(`/portal/applications/${populated.application}/messages/${populated.message}`);
  await page.getByText('"order": "A-1001"').waitFor();
  assert.equal(await page.getByRole("button", { name: "Resend" }).count(), 0);
  await page.goto(
    `/portal/applications/${populated.application}/endpoints/${populated.failing}/change`,
  );
  await page.getByLabel("Description").fill("not mine to change");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").filter({ hasText: "(403)" }).waitFor();
  await page.goto(`/portal/applications/${populated.application}/new-endpoint`);
  await page.getByLabel("URL").fill("https://example.com/");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "(403)" }).waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a link that has ended says so, at once and while it is looked at", async () => {
  const link = await linkOf("ada");
  const { page, complaints } = await openPortal(link);
  await atEndpoints(page);
  const answer = await fetch(`${world.posthorn.address}/api/v1/auth/logout`, {
    method: "POST",
    headers: { authorization: `Bearer ${link.token}` },
  });
  assert.equal(answer.status, 204);
  await page.getByRole("link", { name: "Messages" }).click();
  await page.getByText("This link does not work any more").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.goto("/portal#key=nonsense");
  await page.getByText("This link does not work any more").waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("the operator's name, logo and colour are seen", async () => {
  const { page } = await openPortal(await linkOf("ada"), "&theme=light");
  await atEndpoints(page);
  assert.equal((await page.locator(".brand").textContent())?.trim(), "Northwind");
  assert.equal(await page.evaluate("document.querySelector('.brand img').naturalWidth > 0"), true);
  assert.equal(await page.title(), "Ada's bakery – Northwind");
  const fill = await page.evaluate(
    "getComputedStyle(document.querySelector('a.button')).backgroundColor",
  );
  assert.equal(fill, "rgb(15, 118, 110)");
  await page.context().close();
});

for (const theme of ["light", "dark"] as const) {
  test(`every page of it is accessible in the ${theme} scheme, which the link has chosen`, async () => {
    const { page, complaints } = await openPortal(await linkOf("ada"), `&theme=${theme}`);
    await page.emulateMedia({ colorScheme: theme === "light" ? "dark" : "light" });
    await atEndpoints(page);
    const own = `/portal/applications/${populated.application}`;
    for (const [name, path, text] of [
      ["endpoints", own, /^failing/],
      ["new-endpoint", `${own}/new-endpoint`, "order.paid"],
      ["endpoint", `${own}/endpoints/${populated.failing}`, /^Signing secret$/],
      [
        "endpoint-change",
        `${own}/endpoints/${populated.failing}/change`,
        "Holds for what is sent from now on",
      ],
      ["messages", `${own}/messages`, "order.paid-1"],
      ["message", `${own}/messages/${populated.message}`, '"order": "A-1001"'],
      ["event-types", "/portal/event-types", "A parcel left the house."],
    ] as const) {
      await page.goto(path);
      await page.getByText(text).first().waitFor();
      assert.deepEqual(await accessibilityProblems(page), [], name);
      const ground = await page.evaluate("getComputedStyle(document.documentElement).colorScheme");
      assert.equal(ground, theme);
      if (keepsImages && (name === "endpoint" || name === "new-endpoint")) {
        await page.screenshot({ path: join(images, `portal-${name}-${theme}.png`) });
      }
    }
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
}

test("it is in a frame on the pages that the operator names, without cookies, and on no others", async () => {
  const link = await linkOf("ada");
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${framerAddress}/?${encodeURIComponent(link.url)}`);
  const frame = page.frameLocator("iframe");
  await frame.getByRole("heading", { level: 1, name: "Ada's bakery" }).waitFor();
  await frame.getByRole("link", { name: "Messages" }).click();
  await frame.getByText("order.paid-1", { exact: true }).waitFor();
  assert.deepEqual(await context.cookies(), []);
  const refused = page.waitForEvent("console", (message) =>
    message.text().includes("frame-ancestors"),
  );
  const elsewhere = framerAddress.replace("localhost", "127.0.0.1");
  await page.goto(`${elsewhere}/?${encodeURIComponent(link.url)}`);
  await refused;
  await context.close();
});

test("with the keyboard alone: an endpoint is added and tested", async () => {
  const { page, complaints } = await openPortal(await linkOf("umbra"));
  await atEndpoints(page, "Umbra Optics");
  const { keyboard } = page;
  const reach = (name: RegExp) => reachByTab(page, name);
  await reach(/^Add an endpoint$/);
  await keyboard.press("Enter");
  await page.getByLabel(/^order\.shipped/).waitFor();
  await reach(/^URL$/);
  await keyboard.type(world.receiver.url("/umbra"));
  await reach(/^order\.shipped/);
  await keyboard.press("Space");
  await reach(/^Add$/);
  await keyboard.press("Enter");
  await page.getByLabel("Example of").getByText("order.shipped").waitFor({ state: "attached" });
  await reach(/^Example of$/);
  await keyboard.type("order.s");
  await reach(/^Send the test$/);
  await keyboard.press("Enter");
  await page.getByRole("link", { name: "see what came of it" }).waitFor();
  await world.receiver.requests("/umbra", 1);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("what is loaded first is 200 kB at the most, compressed", async () => {
  const { url } = await linkOf("ada");
  const { page } = await openPage(browser, world.posthorn.address);
  let bytes = 0;
  page.on("response", (response) => {
    if (new URL(response.url()).pathname.startsWith("/assets/"))
      bytes += Number(response.headers()["content-length"]);
  });
  await page.goto(url);
  await atEndpoints(page);
  assert.ok(bytes > 50_000 && bytes <= 200_000, `${bytes} bytes`);
  await page.context().close();
});

test("forty hostile texts in event types, endpoints and the application's name are text", async () => {
  const { svix } = world;
  await svix.application.create({ name: hostileTexts[0] ?? "", uid: "hostile" });
  for (const [at, text] of hostileTexts.entries()) {
    const schemas = { "1": { type: "object", title: text, properties: { [text]: {} } } };
    await svix.eventType.create({ name: `hostile.${at}`, description: text, schemas });
    await svix.endpoint.create("hostile", {
      url: world.receiver.url(`/hostile?${encodeURIComponent(text)}`),
      description: text,
      disabled: true,
    });
  }
  const { page, complaints } = await openPortal(await linkOf("hostile"));
  await page
    .getByText("disabled")
    .nth(hostileTexts.length - 1)
    .waitFor();
  await page.getByRole("link", { name: "Add an endpoint" }).click();
  await page.getByLabel(/^hostile\.39/).waitFor();
  const shown = await page.locator("main").textContent();
  for (const text of hostileTexts.slice(0, 31)) assert.ok(shown?.includes(text), text);
  await page.getByRole("link", { name: "Event types" }).click();
  await page.getByText("hostile.39").waitFor();
  const tags = "script, iframe, object, embed, form[action], base, svg[onload], main img";
  assert.equal(await page.locator("main").locator(tags).count(), 0);
  assert.deepEqual(complaints, []);
  await page.context().close();
});
