import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { brandColorsOf, contrastOf } from "../../dashboard/src/components/brand-color.ts";

function partsOf(color: string): [number, number, number] {
  const [r = 0, g = 0, b = 0] = (color.match(/\d+/g) ?? []).map(Number);
  return [r, g, b];
}

test("contrast is WCAG's", () => {
  assert.equal(contrastOf([0, 0, 0], [255, 255, 255]), 21);
  assert.equal(contrastOf([119, 119, 119], [255, 255, 255]).toFixed(2), "4.48");
});

test("whatever the operator's colour, what is written on it and in it can be read", () => {
  const part = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(part, part, part, (...parts) => {
      const hex = `#${parts.map((each) => each.toString(16).padStart(2, "0")).join("")}`;
      const { fill, onFill, onLight, onDark } = brandColorsOf(hex);
      assert.deepEqual(partsOf(fill), parts);
      assert.ok(contrastOf(partsOf(onFill), parts) >= 4.5, "on it");
      assert.ok(contrastOf(partsOf(onLight), [241, 239, 233]) >= 4.5, "on light");
      assert.ok(contrastOf(partsOf(onDark), [32, 36, 42]) >= 4.5, "on dark");
    }),
  );
});
