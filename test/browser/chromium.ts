/** A real browser: the Chromium that the machine has. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) =>
  existsSync(path),
);

/** Nothing that asks anybody but the page's own server. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function launchBrowser(...more: readonly string[]): Promise<Browser> {
  assert.ok(
    executablePath !== undefined,
    "expected Chromium at /usr/bin/chromium, got none: install it (`apt-get install chromium`)",
  );
  return chromium.launch({ executablePath, args: [...flags, ...more], headless: true });
}

/** Runs in the page, before anything of its own. */
const watching = `document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
  complain("policy: " + effectiveDirective + " " + blockedURI);
});`;

export interface WatchedPage {
  readonly page: Page;
  /** What must not happen: errors, violations of the policy, requests to another host. */
  readonly complaints: string[];
}

/** A page in a browser profile of its own, as tall as what it shows. */
export async function openPage(
  browser: Browser,
  address: string,
  timezoneId = "UTC",
): Promise<WatchedPage> {
  const context = await browser.newContext({
    baseURL: address,
    viewport: { width: 1280, height: 800 },
    colorScheme: "light",
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A refusal (401) is logged by the browser as an error of the page.
    const isRefusal = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isRefusal) complaints.push(`console: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== address) complaints.push(`request: ${request.url()}`);
  });
  await page.exposeFunction("complain", (text: string) => void complaints.push(text));
  await page.addInitScript({ content: watching });
  return { page, complaints };
}

/** Logs in by the page's own form. */
export async function logIn(page: Page, token: string): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("API key or token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("button", { name: "Log out" }).waitFor();
}
