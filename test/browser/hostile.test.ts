/** Forty hostile texts in every field that shows somebody else's text: they are read, and do nothing. */
import assert from "node:assert/strict";
import { normalize } from "node:path/posix";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { visible } from "../../dashboard/src/components/text.ts";
import { eventually } from "../e2e/eventually.ts";
import { launchBrowser, logIn, openPage } from "./chromium.ts";
import { hostileTexts } from "./hostile-texts.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let browser: Browser;
/** Of an application with an endpoint for each text. */
let application: string;
let endpoints: readonly string[];
let message: string;

before(async () => {
  world = await startWorld("hostile");
  const { svix, receiver } = world;
  const answer = hostileTexts.join("\n");
  receiver.answer("/hook", () => ({
    status: 500,
    headers: { "content-type": "text/html" },
    body: answer,
  }));
  const made: string[] = [];
  for (const [at, text] of hostileTexts.entries()) {
    await svix.application.create({
      name: text,
      uid: `app-${at}`,
      metadata: { [text]: text },
    });
    const { id } = await svix.endpoint.create("app-0", {
      // The first one is sent to, and answers by its path.
      url: at === 0 ? receiver.url("/hook") : receiver.url(`/hook?${encodeURIComponent(text)}`),
      description: text,
      metadata: { [`key ${at}`]: text },
      disabled: at > 0,
    });
    made.push(id);
    const schemas = { [`${at}`]: { type: "object", title: text, properties: { [text]: {} } } };
    await svix.eventType.create({ name: `type.${at}`, description: text, schemas });
  }
  endpoints = made;
  ({ id: application } = await svix.application.get("app-0"));
  for (const text of hostileTexts) {
    const answered = await fetch(`${world.posthorn.address}/api/v1/auth/key`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: text }),
    });
    assert.equal(answered.status, 201);
  }
  const payload = Object.fromEntries(hostileTexts.map((text) => [text, text]));
  ({ id: message } = await svix.message.create("app-0", { eventType: "type.0", payload }));
  await eventually(
    () => svix.messageAttempt.listByMsg("app-0", message),
    ({ data }) => data.length > 0,
  );
  // A slash in a text is one in the file's path.
  for (const text of hostileTexts)
    await world.archive.put(`manifests/${text}`, Buffer.from("no manifest"));
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await world?.close();
});

/** Opens a page, waits for what it shows, and returns all its text, white space aside. */
async function read(page: Page, path: string, waitFor: string): Promise<string> {
  await page.goto(path);
  await page.getByText(waitFor).first().waitFor();
  return squeezed((await page.locator("main").textContent()) ?? "");
}

function squeezed(text: string): string {
  return text.replaceAll(/\s/g, "");
}

/** Every text is there, no element was made of any, and nothing ran. */
async function assertOnlyText(page: Page, text: string, texts = hostileTexts): Promise<void> {
  for (const each of texts) assert.ok(text.includes(squeezed(visible(each))), each);
  const made = await page.evaluate<number>(
    "document.querySelectorAll('main :is(script,iframe,object,embed,base,meta,link,style,video,math,template,[onerror],[onload])').length",
  );
  assert.equal(made, 0);
}

test("lists show them as text", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  await logIn(page, world.token);
  for (const [path, waitFor] of [
    ["/applications", "app-39"],
    [`/applications/${application}`, "horn"],
    ["/event-types", "type.39"],
    ["/access", "key_"],
  ] as const) {
    if (path.endsWith(application)) {
      await page.goto(path);
      await page
        .getByText("disabled")
        .nth(hostileTexts.length - 2)
        .waitFor();
      const shown = squeezed((await page.locator("main").textContent()) ?? "");
      await assertOnlyText(page, shown);
      continue;
    }
    await assertOnlyText(page, await read(page, path, waitFor));
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("what somebody has put into the archive is text", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  await logIn(page, world.token);
  await page.goto("/storage");
  const table = page.getByRole("table", { name: "Archives" });
  await table
    .getByText("damaged")
    .nth(hostileTexts.length - 1)
    .waitFor();
  const shown = squeezed((await page.locator("main").textContent()) ?? "");
  await assertOnlyText(
    page,
    shown,
    hostileTexts.map((text) => normalize(text)),
  );
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a message's payload and an endpoint's answer are text", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  await logIn(page, world.token);
  const path = `/applications/${application}/messages/${message}`;
  await read(page, path, "as it was sent, byte for byte");
  const attempt = page.locator(".timeline summary").first();
  await attempt.click();
  const answer = await page.getByLabel("Answer to atmpt_").textContent();
  await assertOnlyText(page, squeezed(answer ?? ""));
  await page.getByLabel("as it was sent, byte for byte").check();
  const payload = await page.getByLabel("Payload", { exact: true }).last().textContent();
  const sent = JSON.stringify(Object.fromEntries(hostileTexts.map((text) => [text, text])));
  assert.equal(payload, visible(sent));
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("an endpoint's page and an address's filter show each of them as text", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  await logIn(page, world.token);
  for (const [at, text] of hostileTexts.entries()) {
    const path = `/applications/${application}/endpoints/${endpoints[at]}`;
    const filter = `event_types=${encodeURIComponent(text)}`;
    const shown = await read(page, `${path}?${filter}`, `key ${at}`);
    assert.ok(shown.includes(squeezed(`key ${at}${visible(text)}`)), text);
    const value = await page.getByLabel("Event type", { exact: true }).inputValue();
    assert.equal(squeezed(value), squeezed(text));
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("an application's page of changes shows its name and metadata as text, and so does what asks before it is deleted", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  await logIn(page, world.token);
  for (const [at, text] of hostileTexts.entries()) {
    const shown = await read(page, `/applications/app-${at}/change`, "Metadata");
    assert.ok(shown.includes(squeezed(visible(text))), text);
    assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), text);
    const metadata = JSON.parse(await page.getByLabel(/^Metadata/).inputValue()) as object;
    assert.deepEqual(Object.entries(metadata), [[text, text]]);
    await page.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("can't be brought back").waitFor();
    const asked = squeezed((await dialog.textContent()) ?? "");
    assert.ok(asked.includes(squeezed(visible(text))), text);
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a refusal that names what was asked for shows it as text", async () => {
  const { page, complaints } = await openPage(browser, world.posthorn.address);
  await logIn(page, world.token);
  for (const text of hostileTexts) {
    await page.goto(`/applications/${encodeURIComponent(text)}/messages`);
    await page.getByRole("alert").first().waitFor();
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});
