import assert from "node:assert/strict";
import type { Page } from "playwright-core";

const pressesMax = 200;

/** Presses Tab until what has the focus is called so, by its own text or its label's. */
export async function reachByTab(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < pressesMax; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate<string>(
      "(document.activeElement?.ariaLabel ?? (document.activeElement?.labels?.[0] ?? document.activeElement)?.textContent ?? '').trim()",
    );
    if (name.test(focused)) return;
  }
  assert.fail(`nothing called ${String(name)} can be reached`);
}
