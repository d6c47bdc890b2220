import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Answering, answeringOf, inspectorUrlOf, parseAnswering } from "./inspector-url.ts";
import { limits } from "./limits.ts";

const anyAnswering: fc.Arbitrary<Answering> = fc.oneof(
  fc
    .tuple(
      fc.integer({ min: 200, max: 599 }),
      fc.integer({ min: 0, max: limits.inspectorDelayMsMax }),
      fc.integer({ min: 0, max: 10_000 }),
    )
    .map(([status, delayMs, parts]): Answering => {
      return { kind: "told", status, delayMs, failureShare: parts / 10_000 };
    }),
  fc.boolean().map((temporary): Answering => ({ kind: "listener", temporary })),
);

test("what is written as a URL is read again", () => {
  fc.assert(
    fc.property(anyAnswering, (answering) => {
      const url = inspectorUrlOf(answering);
      assert.deepEqual(answeringOf(url), answering);
      assert.equal(new URL(url).href, url);
    }),
  );
});

test("the URL says how it is answered, and what is left out is as usual", () => {
  const told = { kind: "told", status: 200, delayMs: 0, failureShare: 0 };
  for (const [url, answering] of [
    ["http://inspector.invalid", told],
    ["http://inspector.invalid/", told],
    ["http://inspector.invalid/?status=410", { ...told, status: 410 }],
    [
      "http://inspector.invalid/?failureShare=0.25&delayMs=30000",
      { ...told, delayMs: 30_000, failureShare: 0.25 },
    ],
    ["http://inspector.invalid/listener", { kind: "listener", temporary: false }],
    ["http://inspector.invalid/listener?temporary=true", { kind: "listener", temporary: true }],
    ["http://inspector.invalid.example/", undefined],
    ["https://inspector.invalid/", undefined],
    ["http://a.example/listener", undefined],
  ] as const) {
    assert.deepEqual(answeringOf(url), answering, url);
  }
});

test("what can't be told is refused with a reason", () => {
  for (const [target, got] of [
    ["/other", "/other"],
    ["/listener/", "/listener/"],
    ["/?status=199", "199"],
    ["/?status=600", "600"],
    ["/?status=200.5", "200.5"],
    ["/?delayMs=30001", "30001"],
    ["/?failureShare=1.01", "1.01"],
    ["/?failureShare=abc", "abc"],
    ["/?color=red", "color"],
    ["/?status=200&status=500", "status=200&status=500"],
    ["/?status", "status"],
    ["/?status=%32%30%30", "status=%32%30%30"],
    ["/listener?temporary=false", "temporary=false"],
    ["/listener?status=200", "status=200"],
  ] as const) {
    const parsed = parseAnswering(target);
    assert.equal(parsed.kind, "refused", target);
    assert.ok(parsed.kind === "refused" && parsed.reason.endsWith(`got ${JSON.stringify(got)}`));
  }
});
