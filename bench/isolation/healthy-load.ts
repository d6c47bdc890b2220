import { setTimeout as wait } from "node:timers/promises";
import { type PhaseResult, runPhase } from "../phase.ts";
import { median, spreadOf } from "../spread.ts";
import { healthy } from "./behaviour.ts";
import type { HealthyWindow, IsolationOptions } from "./isolation-result.ts";
import { postsTo, type Stage, subscribe } from "./stage.ts";

export const payloadBytes = 512;
/** With its envelope 70 bytes: what a batch's messages have. */
export const smallPayloadBytes = 64;
export const windowWarmUpMs = 1000;
const compileMs = 4000;
const calmMs = 1000;

/** One window of load for the customers who should notice nothing. */
export type HealthyLoad = () => Promise<HealthyWindow>;

/**
 * Subscribes healthy customers with an endpoint each, and works the server hard for a while, so that its code is compiled
 * before anything is measured. The load goes on for `windowWarmUpMs` before each window begins.
 */
export async function prepareHealthyLoad(
  stage: Stage,
  applications: number,
  options: Pick<IsolationOptions, "seconds" | "healthyPerSecond">,
): Promise<HealthyLoad> {
  const urls = await stage.healthy.add(Array.from({ length: applications }, () => healthy));
  const customers = await subscribe(stage, { name: "healthy", applications }, urls);
  const run: HealthyLoad = async () => {
    const task = {
      ...postsTo(stage, customers),
      payloadBytes,
      pace: { kind: "open", perSecond: options.healthyPerSecond },
      warmUpMs: windowWarmUpMs,
      windowMs: options.seconds * 1000,
    } as const;
    const phase = await runPhase(task, stage.healthy, stage.server.pid);
    return healthyWindowOf(phase, options.healthyPerSecond);
  };
  const hard = {
    pace: { kind: "closed", inFlight: 16 },
    warmUpMs: 0,
    windowMs: compileMs,
  } as const;
  await runPhase({ ...postsTo(stage, customers), payloadBytes, ...hard }, stage.healthy, undefined);
  await wait(calmMs);
  return run;
}

function healthyWindowOf(phase: PhaseResult, offeredPerSecond: number): HealthyWindow {
  const { load, received, serverCpu, fromMs, untilMs } = phase;
  const cpuMicros = [...serverCpu.values()].reduce((total, micros) => total + micros, 0);
  return {
    offeredPerSecond,
    deliveredPerSecond: (received.arrivals * 1000) / received.elapsedMs,
    endToEndMs: spreadOf(received.agesMs),
    acceptMs: spreadOf(load.latenciesMs),
    latenessMs: spreadOf(load.latenessMs),
    failed: load.failedEver,
    serverCores: cpuMicros / 1000 / (untilMs - fromMs),
  };
}

/** Median of the windows' p99, of some windows ÷ others. */
export function medianP99RatioOf(
  some: readonly HealthyWindow[],
  others: readonly HealthyWindow[],
): number {
  return median(some.map(p99Of)) / median(others.map(p99Of));
}

/** Least of the windows' p99, of some windows ÷ others; Infinity if nothing arrived in any of them. */
export function quietestP99RatioOf(
  some: readonly HealthyWindow[],
  others: readonly HealthyWindow[],
): number {
  return Math.min(...some.map(p99Of)) / Math.min(...others.map(p99Of));
}

function p99Of({ endToEndMs }: HealthyWindow): number {
  return Number.isNaN(endToEndMs.p99) ? Infinity : endToEndMs.p99;
}
