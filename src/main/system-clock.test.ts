import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SystemClock } from "./system-clock.ts";

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const startMs = 1_800_000_000_000;

/** A machine whose clocks the test sets. */
function machine() {
  const now = { wallMs: startMs, monotonicMs: 5_000 };
  const clock = new SystemClock({ wallMs: () => now.wallMs, monotonicMs: () => now.monotonicMs });
  const pass = (ms: number): number => {
    now.wallMs += ms;
    now.monotonicMs += ms;
    return clock.nowMs();
  };
  const jump = (ms: number): void => void (now.wallMs += ms);
  return { pass, jump };
}

test("time passes as on the machine", () => {
  const { pass } = machine();
  assert.equal(pass(0), startMs);
  assert.equal(pass(1_000), startMs + 1_000);
});

for (const [name, ms] of [
  ["an hour", hourMs],
  ["a day", dayMs],
] as const) {
  test(`a wall clock set forward by ${name} is followed at once`, () => {
    const { pass, jump } = machine();
    jump(ms);
    assert.equal(pass(10), startMs + ms + 10);
  });

  test(`one set back by ${name} goes on at half speed until it is overtaken, and is never ahead for longer than twice that`, () => {
    const { pass, jump } = machine();
    pass(1_000);
    jump(-ms);
    assert.equal(pass(1_000), startMs + 1_500);
    const atMs = pass(2 * ms);
    assert.equal(atMs, startMs + 2_000 + ms);
    assert.equal(pass(1_000), atMs + 1_000);
  });
}

test("whatever the wall clock does, no time comes before one that was given out", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: -dayMs, max: dayMs }), fc.nat(hourMs)));
  fc.assert(
    fc.property(steps, (all) => {
      const { pass, jump } = machine();
      let lastMs = pass(0);
      for (const [jumpMs, passedMs] of all) {
        jump(jumpMs);
        const nowMs = pass(passedMs);
        assert.ok(nowMs >= lastMs);
        lastMs = nowMs;
      }
    }),
  );
});
