import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../test/simulation/simulated-clock.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { ApplicationThrottles } from "./application-throttles.ts";

const application = applicationKeyOf(1);

/** Queues that always have work, of an application with a rate, on a clock of the test's own. */
function throttledWorld(ratePerSecond: number, queues: number) {
  const clock = new SimulatedClock(1_700_000_000_000);
  const starts: { readonly endpoint: number; readonly atMs: number }[] = [];
  const tryStart = (endpoint: ReturnType<typeof endpointKeyOf>): void => {
    while (throttles.admits(endpoint, application, clock.nowMs())) {
      throttles.pass(application, ratePerSecond, clock.nowMs());
      starts.push({ endpoint, atMs: clock.nowMs() });
    }
  };
  const throttles = new ApplicationThrottles({ clock, onTurn: tryStart });
  for (let key = 1; key <= queues; key += 1) tryStart(endpointKeyOf(key));
  return { clock, starts, throttles };
}

for (const rate of [1, 7, 100, 1_000]) {
  test(`an application's endpoints share ${rate} a second, to 5 %, and in no window get more`, async () => {
    const { clock, starts } = throttledWorld(rate, 10);
    const seconds = 20;
    await clock.run(clock.nowMs() + seconds * 1_000);
    assert.ok(starts.length >= 0.95 * rate * seconds, `${starts.length} in ${seconds} s`);
    const over = starts.find(({ atMs }, index) => {
      const before = starts[index - rate];
      return before !== undefined && atMs - before.atMs < 1_000;
    });
    assert.equal(over, undefined);
  });
}

test("queues of a throttled application take turns", async () => {
  const { clock, starts } = throttledWorld(50, 5);
  await clock.run(clock.nowMs() + 10_000);
  const counts = [1, 2, 3, 4, 5].map(
    (key) => starts.filter(({ endpoint }) => endpoint === key).length,
  );
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, counts.join(", "));
});

test("an application that has just had its turn has to wait for the next, however it ended", async () => {
  const { clock, starts, throttles } = throttledWorld(10, 0);
  throttles.pass(application, 10, clock.nowMs());
  assert.equal(throttles.admits(endpointKeyOf(1), application, clock.nowMs()), false);
  await clock.run(clock.nowMs() + 5_000);
  assert.ok(starts.length >= 47, "whoever waited was told");
});
