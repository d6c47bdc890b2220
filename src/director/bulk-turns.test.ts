import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../test/simulation/simulated-clock.ts";
import { applicationKeyOf, type EndpointKey, endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { BulkTurns } from "./bulk-turns.ts";

const light = applicationKeyOf(99);
const bulkShare = 0.2;

/** Floods with so many queues each, that always have work, beside one who starts ten attempts a second. */
function floodedWorld(queuesOfFloods: readonly number[]) {
  const clock = new SimulatedClock(1_700_000_000_000);
  const starts: { readonly endpoint: EndpointKey; readonly atMs: number }[] = [];
  const applicationOf = new Map<EndpointKey, ReturnType<typeof applicationKeyOf>>();
  const tryStart = (endpoint: EndpointKey): void => {
    const application = applicationOf.get(endpoint);
    assert.ok(application !== undefined);
    while (turns.admits(endpoint, application, clock.nowMs())) {
      turns.pass(application, clock.nowMs());
      starts.push({ endpoint, atMs: clock.nowMs() });
    }
  };
  const turns = new BulkTurns({ clock, bulkShare, onTurn: tryStart });
  const beat = (): void => {
    assert.ok(turns.admits(endpointKeyOf(1), light, clock.nowMs()));
    turns.pass(light, clock.nowMs());
    clock.after(100, beat);
  };
  beat();
  for (const [index, queues] of queuesOfFloods.entries()) {
    for (let queue = 1; queue <= queues; queue += 1) {
      const endpoint = endpointKeyOf(1_000 * (index + 1) + queue);
      applicationOf.set(endpoint, applicationKeyOf(index + 1));
      tryStart(endpoint);
    }
  }
  const startsOf = (flood: number): readonly EndpointKey[] =>
    starts.flatMap(({ endpoint }) =>
      applicationOf.get(endpoint) === applicationKeyOf(flood) ? [endpoint] : [],
    );
  return { clock, starts, startsOf, turns };
}

test("beside others a flood starts its share of attempts, in no moment more than a few", async () => {
  const { clock, starts } = floodedWorld([3]);
  await clock.run(clock.nowMs() + 10_000);
  const perSecond = (1_000 * bulkShare) / limits.bulkAttemptMs;
  assert.ok(starts.length >= 9.9 * perSecond, `${starts.length} attempts`);
  assert.ok(starts.length <= 10.1 * perSecond, `${starts.length} attempts`);
  const paced = starts.slice(100).map(({ atMs }) => atMs);
  const inMoment = Map.groupBy(paced, (atMs) => atMs);
  const most = Math.max(...Array.from(inMoment.values(), (each) => each.length));
  assert.ok(most <= 2 + perSecond / 1_000, `${most} at once`);
});

test("floods have the same however many queues each has, and the queues of one take turns", async () => {
  const { clock, startsOf } = floodedWorld([1, 20]);
  await clock.run(clock.nowMs() + 10_000);
  const [one, many] = [startsOf(1).length, startsOf(2).length];
  assert.ok(Math.abs(one / many - 1) < 0.02, `${one} and ${many} attempts`);
  const counts = Map.groupBy(startsOf(2).slice(100), (endpoint) => endpoint).values();
  const each = Array.from(counts, ({ length }) => length);
  assert.equal(each.length, 20);
  assert.ok(Math.max(...each) - Math.min(...each) <= 2, each.join(", "));
});

test("a queue that no longer wants its turn holds up nobody", async () => {
  const clock = new SimulatedClock(1_700_000_000_000);
  const told: EndpointKey[] = [];
  const turns = new BulkTurns({ clock, bulkShare, onTurn: (endpoint) => told.push(endpoint) });
  turns.pass(light, clock.nowMs());
  const flood = applicationKeyOf(1);
  for (let each = 0; each < 100; each += 1) turns.pass(flood, clock.nowMs());
  const queues = [1, 2, 3].map((key) => endpointKeyOf(key));
  for (const queue of queues) assert.equal(turns.admits(queue, flood, clock.nowMs()), false);
  await clock.run(clock.nowMs() + 20);
  assert.deepEqual(told, queues);
});

test("nothing is told any more once it is stopped", async () => {
  const { clock, starts, turns } = floodedWorld([1]);
  turns.stop();
  const before = starts.length;
  await clock.run(clock.nowMs() + 1_000);
  assert.equal(starts.length, before);
});
