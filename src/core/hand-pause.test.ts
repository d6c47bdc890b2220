import assert from "node:assert/strict";
import { test } from "node:test";
import { handPauseAt, handPauseEndMs } from "./hand-pause.ts";

const sinceMs = 1_700_000_000_000;
const reason = "incident 7";

test("a pause by hand that has no end lasts until it is taken back", () => {
  const pause = { sinceMs, untilMs: undefined, reason };
  assert.equal(handPauseEndMs(pause), Infinity);
  assert.equal(handPauseAt(pause, Number.MAX_SAFE_INTEGER), pause);
});

test("a pause by hand is over at its time, not before", () => {
  const pause = { sinceMs, untilMs: sinceMs + 1_000, reason: undefined };
  assert.equal(handPauseAt(pause, sinceMs + 999), pause);
  assert.equal(handPauseAt(pause, sinceMs + 1_000), undefined);
});

test("an endpoint that nobody has paused is not", () => {
  assert.ok(handPauseEndMs(undefined) <= 0);
  assert.equal(handPauseAt(undefined, sinceMs), undefined);
});
