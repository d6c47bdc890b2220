import { setTimeout as wait } from "node:timers/promises";
import { monotonicMs } from "../monotonic.ts";
import { healthy } from "./behaviour.ts";
import { fill } from "./fill.ts";
import {
  type HealthyLoad,
  medianP99RatioOf,
  prepareHealthyLoad,
  quietestP99RatioOf,
} from "./healthy-load.ts";
import type { HealthyWindow, IsolationOptions, RecoveryResult } from "./isolation-result.ts";
import { setStage, type Stage, subscribe } from "./stage.ts";

const healthyApplications = 49;
/** Some of the backlog is not first attempts any more, and waits 5 min for its third. */
const drainedShare = 0.9;
const afterWindows = 3;
const pollMs = 100;
const returnMsMax = 120_000;
const rampMs = 10_000;
const slotMs = 100;

/** An endpoint hangs until much waits for it, comes back, and is sent what waits. */
export async function measureRecovery(options: IsolationOptions): Promise<RecoveryResult> {
  const backlog = options.long ? 100_000 : 20_000;
  const throttleRate = options.long ? 2000 : 1000;
  const stage = await setStage({
    attemptTimeoutSeconds: 1,
    disturber: options.disturber,
  });
  const load = await prepareHealthyLoad(stage, healthyApplications, options);
  const urls = await stage.disturbing.add([{ kind: "hang" }]);
  const customers = await subscribe(stage, { name: "down", applications: 1, throttleRate }, urls);
  await fill(stage, customers, { messages: backlog, batch: 1000 });
  const down = await windowsUntil(load, async (ms) => ms >= downMs);
  const returnedAtMs = monotonicMs();
  stage.disturbing.reset();
  await stage.disturbing.behaveAll(healthy);
  await firstArrival(stage);
  const draining = await windowsUntil(load, async () => {
    const { arrivals } = await stage.disturbing.report();
    return arrivals >= backlog * drainedShare;
  });
  const after = [];
  for (let window = 1; window <= afterWindows; window += 1) after.push(await load());
  const { arrivedAtMs } = await stage.disturbing.log();
  await stage.close();
  const arrivals = arrivedAtMs.filter((atMs) => atMs > returnedAtMs).sort();
  return {
    kind: "recovery",
    name: "recovery",
    method: `an endpoint with a throttleRate of ${throttleRate} hangs (attempts end after 1 s) while ${backlog} messages wait for it, and comes back after ${downMs / 1000} s; 49 healthy applications`,
    backlog,
    throttleRate,
    ...drainOf(arrivals, returnedAtMs, backlog),
    down,
    draining,
    after,
    p99Ratio: medianP99RatioOf(draining, [...down, ...after]),
    quietestP99Ratio: quietestP99RatioOf(draining, [...down, ...after]),
  };
}

/** Longer than an endpoint may fail before it is paused. */
const downMs = 40_000;

/** Windows one after the other until it is over; at least one. */
async function windowsUntil(
  load: HealthyLoad,
  isOver: (elapsedMs: number) => Promise<boolean>,
): Promise<HealthyWindow[]> {
  const startedAtMs = monotonicMs();
  const windows: HealthyWindow[] = [];
  do windows.push(await load());
  while (!(await isOver(monotonicMs() - startedAtMs)));
  return windows;
}

async function firstArrival(stage: Stage): Promise<void> {
  const startedAtMs = monotonicMs();
  while ((await stage.disturbing.report()).arrivals === 0) {
    if (monotonicMs() - startedAtMs > returnMsMax) throw new Error("nothing was sent again");
    await wait(pollMs);
  }
}

function drainOf(
  arrivals: Float64Array,
  returnedAtMs: number,
  backlog: number,
): Pick<
  RecoveryResult,
  "per100Ms" | "perSecondMax" | "firstAfterMs" | "drainedAfterMs" | "perSecondMean"
> {
  const drained = arrivals.subarray(0, Math.ceil(backlog * drainedShare));
  const firstAtMs = drained[0] ?? Number.NaN;
  const lastAtMs = drained.at(-1) ?? Number.NaN;
  const per100Ms = Array.from({ length: rampMs / slotMs }, () => 0);
  for (const atMs of drained) {
    const slot = Math.floor((atMs - firstAtMs) / slotMs);
    if (slot < per100Ms.length) per100Ms[slot] = (per100Ms[slot] ?? 0) + 1;
  }
  return {
    per100Ms,
    perSecondMax: mostInOneSecond(arrivals),
    firstAfterMs: firstAtMs - returnedAtMs,
    drainedAfterMs: lastAtMs - firstAtMs,
    perSecondMean: ((drained.length - 1) * 1000) / (lastAtMs - firstAtMs),
  };
}

/** In any second that begins with an arrival, which is where the most are. */
function mostInOneSecond(arrivals: Float64Array): number {
  let most = 0;
  let from = 0;
  for (const [index, atMs] of arrivals.entries()) {
    while (atMs - (arrivals[from] ?? atMs) >= 1000) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}
