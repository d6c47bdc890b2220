import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeScratchFolder } from "../../test/e2e/scratch-folder.ts";
import { parseSettings } from "./settings.ts";

function parsed(flags: Record<string, string>) {
  return parseSettings({ flags, environment: {}, file: undefined });
}

test("without settings the portal has no looks of its own, and is in nobody's frame", () => {
  const result = parsed({});
  assert.ok(result.kind === "ok");
  const { brandName, brandLogo, brandColor, portalFrameAncestors } = result.settings;
  assert.deepEqual(
    [brandName, brandLogo, brandColor, portalFrameAncestors],
    ["Webhooks", undefined, undefined, []],
  );
});

test("a name, a logo, a colour and the origins of frames are taken", (t) => {
  const folder = makeScratchFolder("brand");
  t.after(() => folder.remove());
  const path = join(folder.path, "logo.SVG");
  writeFileSync(path, "<svg/>");
  const result = parsed({
    "brand-name": "Ferry & Daughters",
    "brand-logo": path,
    "brand-color": "#0F766E",
    "portal-frame-ancestors":
      "https://app.example.com, http://localhost:3000,https://*.example.com",
  });
  assert.ok(result.kind === "ok");
  const { settings } = result;
  assert.equal(settings.brandName, "Ferry & Daughters");
  assert.equal(settings.brandLogo?.contentType, "image/svg+xml");
  assert.equal(Buffer.from(settings.brandLogo.bytes).toString(), "<svg/>");
  assert.equal(settings.brandColor, "#0f766e");
  assert.deepEqual(settings.portalFrameAncestors, [
    "https://app.example.com",
    "http://localhost:3000",
    "https://*.example.com",
  ]);
});

for (const [flag, text, reason] of [
  ["brand-name", " ", /some of them have to be seen/],
  ["brand-name", "x".repeat(65), /65 characters/],
  ["brand-logo", "/nowhere/logo.svg", /ENOENT/],
  ["brand-logo", "/etc/passwd", /is not called \.svg/],
  ["brand-color", "red", /six hex digits/],
  ["brand-color", "#12345g", /six hex digits/],
  ["portal-frame-ancestors", "*", /not an origin/],
  ["portal-frame-ancestors", "https://a.example; script-src *", /not an origin/],
  ["portal-frame-ancestors", "https://a.example/path", /not an origin/],
  ["portal-frame-ancestors", "'self'", /not an origin/],
] as const) {
  test(`--${flag} ${text.slice(0, 30)} is refused with what is wrong`, () => {
    const result = parsed({ [flag]: text });
    assert.ok(result.kind === "invalid");
    assert.match(result.problems[0] ?? "", reason);
  });
}
