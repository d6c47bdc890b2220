import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTraceparent, traceparentOf } from "./trace-context.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";

test("what is sampled is understood, of later versions too, and written as it was", () => {
  const context = { traceId, spanId };
  assert.deepEqual(parseTraceparent(`00-${traceId}-${spanId}-01`), context);
  assert.deepEqual(parseTraceparent(`00-${traceId}-${spanId}-03`), context);
  assert.deepEqual(parseTraceparent(`cc-${traceId}-${spanId}-01-what-comes-later`), context);
  assert.deepEqual(parseTraceparent(traceparentOf(context)), context);
});

test("what is not sampled or not valid is ignored", () => {
  const wrong = [
    `00-${traceId}-${spanId}-00`,
    `00-${traceId}-${spanId}-01-more`,
    `ff-${traceId}-${spanId}-01`,
    `00-${"0".repeat(32)}-${spanId}-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${traceId}-${spanId}`,
    `00-${traceId}-${spanId}-01\n`,
    "",
  ];
  for (const header of wrong) assert.equal(parseTraceparent(header), undefined, header);
});
