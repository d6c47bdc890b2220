/**
 * What it costs to decide who gets a slot that has become free: the fair scheduler (two levels, by slot time) beside the
 * ring of turns, at 10 to 100,000 virtual queues that always have work. The two take turns within the run.
 *
 * A decision is all that one slot's change of hands takes: the attempt that ended, its queue offered again, the next queue,
 * its attempt started, and that queue offered again. Beside it, what pacing adds to each start when all of as many
 * applications have bulk and somebody is light. Run: `npx node bench/decision.ts [--rounds 5] [--milliseconds 400]`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Bench } from "tinybench";
import { BulkPace } from "../src/core/bulk-pace.ts";
import { FairScheduler } from "../src/core/fair-scheduler.ts";
import { applicationKeyOf } from "../src/core/ids.ts";
import { limits } from "../src/core/limits.ts";
import { quantile } from "../test/e2e/quantile.ts";
import { describeMachine, describeRevision } from "./machine.ts";

const today = new Date().toISOString().slice(0, 10);
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    milliseconds: { type: "string", default: "400" },
    out: {
      type: "string",
      default: join(import.meta.dirname, "results", `${today}-decision.json`),
    },
  },
});

const sizes = [10, 1_000, 100_000];
const queuesPerApplication = 4;
/** One of a hundred hangs until the deadline, as the scheduler is there for. */
const hangingEvery = 100;
/** Decisions of one sample: a clock reading costs as much as one. */
const decisionsPerSample = 200;

interface Queue {
  readonly application: ReturnType<typeof applicationKeyOf>;
  readonly costMs: number;
}

function queuesOf(count: number, perApplication: number): readonly Queue[] {
  return Array.from({ length: count }, (_, index) => ({
    application: applicationKeyOf(1 + Math.floor(index / perApplication)),
    costMs: index % hangingEvery === 0 ? limits.attemptTimeoutMsDefault : 5,
  }));
}

/** All slots in use; each call frees the one that is in use the longest and gives it away again. */
function decideByTurns(queues: readonly Queue[]): () => void {
  // In the order of insertion, and deleted from in O(1): a ring of turns without bookkeeping.
  const ring = new Set(queues);
  const underWay = Array.from({ length: limits.slots }, () => startByTurn(ring));
  let oldest = 0;
  return () => {
    const ended = underWay[oldest];
    if (ended !== undefined) ring.add(ended);
    underWay[oldest] = startByTurn(ring);
    oldest = (oldest + 1) % limits.slots;
  };
}

function startByTurn(ring: Set<Queue>): Queue | undefined {
  for (const queue of ring) {
    ring.delete(queue);
    ring.add(queue);
    return queue;
  }
  return undefined;
}

function decideBySlotTime(queues: readonly Queue[]): () => void {
  const fair = new FairScheduler<Queue>(limits.slots);
  for (const queue of queues) fair.offer(queue, queue.application);
  const underWay = Array.from({ length: limits.slots }, () => startBySlotTime(fair));
  let oldest = 0;
  return () => {
    const ended = underWay[oldest];
    if (ended !== undefined) {
      fair.finished(ended, ended.costMs);
      fair.offer(ended, ended.application);
    }
    underWay[oldest] = startBySlotTime(fair);
    oldest = (oldest + 1) % limits.slots;
  };
}

function startBySlotTime(fair: FairScheduler<Queue>): Queue | undefined {
  const queue = fair.next();
  if (queue === undefined) return undefined;
  fair.started(queue);
  fair.offer(queue, queue.application);
  return queue;
}

/** A start of each application in turn: who has to wait has its turn, and time goes on as if 100,000 a second started. */
function pace(queues: readonly Queue[]): () => void {
  const paced = new BulkPace<Queue | "light">(limits.bulkShareDefault);
  const startsPerMs = 100;
  let [next, nowMs] = [0, 0];
  return () => {
    if (next % startsPerMs === 0) {
      nowMs += 1;
      paced.started("light", nowMs);
    }
    const queue = queues[next % queues.length];
    next += 1;
    if (queue === undefined) return;
    if (paced.hasToWait(queue, nowMs)) paced.giveTurn(queue, queues.length, nowMs);
    paced.started(queue, nowMs);
  };
}

interface Round {
  readonly queues: number;
  /** Medians of the samples, nanoseconds a decision. */
  readonly byTurnsNs: number;
  readonly bySlotTimeNs: number;
  readonly pacingNs: number;
}

async function measureRound(count: number): Promise<Round> {
  const bench = new Bench({ time: Number(values.milliseconds), warmupTime: 100 });
  const queues = queuesOf(count, queuesPerApplication);
  const kinds = {
    byTurns: decideByTurns(queues),
    bySlotTime: decideBySlotTime(queues),
    pacing: pace(queues),
  };
  for (const [name, decide] of Object.entries(kinds)) {
    bench.add(name, () => {
      for (let each = 0; each < decisionsPerSample; each += 1) decide();
    });
  }
  await bench.run();
  const medianNs = (name: keyof typeof kinds): number => {
    const result = bench.getTask(name)?.result;
    if (result?.state !== "completed") throw new Error(`${name} was not measured`);
    return (result.latency.p50 * 1e6) / decisionsPerSample;
  };
  return {
    queues: count,
    byTurnsNs: medianNs("byTurns"),
    bySlotTimeNs: medianNs("bySlotTime"),
    pacingNs: medianNs("pacing"),
  };
}

/** All queues have work and owe a whole attempt of 15 s that nobody expected, and so wait for about the same round. */
function fall(queues: readonly Queue[]): FairScheduler<Queue> {
  const fair = new FairScheduler<Queue>(queues.length);
  for (const queue of queues) fair.offer(queue, queue.application);
  const started = queues.map(() => fair.next());
  for (const queue of started) if (queue !== undefined) fair.started(queue);
  for (const queue of started) if (queue !== undefined) fair.finished(queue, 15_000);
  for (const queue of queues) fair.offer(queue, queue.application);
  return fair;
}

function firstDecisionNs(queues: readonly Queue[]): number {
  const fair = fall(queues);
  const startMs = performance.now();
  startBySlotTime(fair);
  return (performance.now() - startMs) * 1e6;
}

function heapBytesPerQueue(queues: readonly Queue[]): number {
  const before = heapBytes();
  const fair = fall(queues);
  const bytes = heapBytes() - before;
  return bytes / fair.accounts;
}

function heapBytes(): number {
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

function median(numbers: readonly number[]): number {
  return quantile(Float64Array.from(numbers).sort(), 0.5);
}

setFlagsFromString("--expose-gc");
const rounds: Round[] = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const size of sizes) rounds.push(await measureRound(size));
}
const medians = sizes.map((size) => {
  const all = rounds.filter(({ queues }) => queues === size);
  return {
    queues: size,
    byTurnsNs: median(all.map(({ byTurnsNs }) => byTurnsNs)),
    bySlotTimeNs: median(all.map(({ bySlotTimeNs }) => bySlotTimeNs)),
    pacingNs: median(all.map(({ pacingNs }) => pacingNs)),
  };
});
const shapes = [
  [1_000, 1],
  [100_000, 1],
  [100_000, queuesPerApplication],
  [100_000, 10_000],
].map(([count = 0, perApplication = 1]) => ({
  perApplication,
  queues: queuesOf(count, perApplication),
  decisionsNs: new Array<number>(),
}));
for (let trial = 0; trial < 8; trial += 1) {
  for (const { queues, decisionsNs } of shapes) decisionsNs.push(firstDecisionNs(queues));
}
const fallen = shapes.map(({ queues, perApplication, decisionsNs }) => ({
  queues: queues.length,
  queuesPerApplication: perApplication,
  // The best of them: it is one cold call, and whatever else this machine does only adds to it.
  firstDecisionNs: Math.min(...decisionsNs),
  heapBytesPerQueue: Math.round(heapBytesPerQueue(queues)),
}));
const folder = mkdtempSync(join(tmpdir(), "posthorn-bench-"));
const machine = describeMachine(folder);
rmSync(folder, { recursive: true });
const options = { queuesPerApplication, hangingEvery, decisionsPerSample, slots: limits.slots };
mkdirSync(dirname(values.out), { recursive: true });
const result = { machine, revision: describeRevision(), options, rounds, medians, fallen };
writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
console.table(medians);
console.table(fallen);
console.log(values.out);
