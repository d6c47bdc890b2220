/** Lists that are searched, in a real browser: what they show, and that an address shows the same to whoever gets it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, logIn, openPage, type WatchedPage } from "./chromium.ts";
import { type Populated, populate, startWorld, type World } from "./world.ts";

let world: World;
let populated: Populated;
let browser: Browser;

before(async () => {
  world = await startWorld("filters");
  populated = await populate(world);
  await world.svix.message.create("ada", {
    eventType: "invoice.overdue",
    eventId: "late-1.2",
    payload: {},
    channels: ["law"],
    tags: ["red"],
  });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await world?.close();
});

async function inside(path: string, timezoneId?: string): Promise<WatchedPage> {
  const opened = await openPage(browser, world.posthorn.address, timezoneId);
  await logIn(opened.page, world.token);
  await opened.page.goto(path);
  return opened;
}

async function filterBy(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
  await page.getByRole("button", { name: "Filter" }).click();
}

test("messages are found by type, channel, tag and time, and their address shows the same in another zone", async () => {
  const { page, complaints } = await inside(`/applications/${populated.application}/messages`);
  const rows = page.getByRole("table").getByRole("row");
  await page.getByText("order.paid-12").waitFor();
  for (const [label, value] of [
    ["Event type", "invoice.overdue"],
    ["Channel", "law"],
    ["Tag", "red"],
  ] as const) {
    await filterBy(page, { [label]: value });
    await page.getByText("order.paid-12").waitFor({ state: "detached" });
    assert.equal(await rows.count(), 2, label);
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("order.paid-12").waitFor();
  }
  await filterBy(page, { Since: "2020-02-03T04:05", "And before": "2020-02-03T05:05" });
  await page.getByText("No messages").waitFor();
  const { pathname, search, searchParams } = new URL(page.url());
  assert.equal(searchParams.get("after"), "2020-02-03T04:05:00.000Z");
  const elsewhere = await inside(`${pathname}${search}`, "Asia/Kolkata");
  await elsewhere.page.getByText("No messages").waitFor();
  assert.equal(await elsewhere.page.getByLabel("Since").inputValue(), "2020-02-03T09:35");
  await filterBy(elsewhere.page, { "And before": "2099-01-01T00:00" });
  await elsewhere.page.getByText("late-1.2").waitFor();
  assert.deepEqual([...complaints, ...elsewhere.complaints], []);
  await page.context().close();
  await elsewhere.page.context().close();
});

test("a message is found by its id and by its event id", async () => {
  const { page, complaints } = await inside(`/applications/${populated.application}/messages`);
  for (const [id, heading] of [
    [populated.message, "order.paid"],
    ["late-1.2", "invoice.overdue"],
  ] as const) {
    await page.getByLabel("Message's id or event id").fill(id);
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await page.goBack();
  }
  await page.getByLabel("Message's id or event id").fill("nobody");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByRole("alert").filter({ hasText: "(404)" }).first().waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("an endpoint's messages are found by what has become of them, its attempts by how they went", async () => {
  const path = `/applications/${populated.application}/endpoints/${populated.failing}`;
  const { page, complaints } = await inside(path);
  await page.getByRole("link", { name: "By message" }).click();
  const status = page.getByLabel("Status");
  await status.selectOption("delivered");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByText("Nothing was for this endpoint").waitFor();
  await status.selectOption("pending");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("group", { name: "Messages" }).getByText("pending").first().waitFor();
  assert.match(page.url(), /\?of=messages&status=1$/);
  await page.getByRole("link", { name: "By attempt" }).click();
  await status.selectOption("succeeded");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByText("Nothing was sent to this endpoint").waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("the audit log is narrowed by operation and time", async () => {
  const { page, complaints } = await inside("/audit-log");
  await page.getByText("v1.event-type.create").first().waitFor();
  await filterBy(page, { Operation: "v1.application.create" });
  await page.getByText("v1.event-type.create").first().waitFor({ state: "detached" });
  await page.getByText("v1.application.create").first().waitFor();
  await filterBy(page, { "And before": "2020-01-01T00:00" });
  await page.getByText("No entries").waitFor();
  assert.match(page.url(), /operation=v1.application.create&until=2020-01-01T00%3A00%3A00.000Z$/);
  assert.deepEqual(complaints, []);
  await page.context().close();
});
