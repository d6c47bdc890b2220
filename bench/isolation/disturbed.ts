import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { type PhaseResult, runPhase } from "../phase.ts";
import { type Scheduling, underScheduling } from "../scheduling.ts";
import { median } from "../spread.ts";
import { healthy } from "./behaviour.ts";
import type { Disturbance } from "./disturbances.ts";
import {
  type HealthyLoad,
  payloadBytes,
  prepareHealthyLoad,
  quietestP99RatioOf,
  smallPayloadBytes,
  windowWarmUpMs,
} from "./healthy-load.ts";
import type {
  DisturbedResult,
  DisturbedTurn,
  DisturbingWindow,
  HealthyWindow,
  IsolationOptions,
} from "./isolation-result.ts";
import { startNameServer } from "./name-server.ts";
import { leave, postsTo, setStage, type Stage, subscribe } from "./stage.ts";

/** A load generator may take this long to start: so much longer goes the disturbance on. */
const startMs = 1000;
/** Until the attempts that were under way have ended and their outcomes are on disk. */
const calmMs = 1500;

/** Without, with, without, with, …: each ratio is of two windows that follow each other. */
export async function measureDisturbed(
  disturbance: Disturbance,
  options: IsolationOptions,
): Promise<DisturbedResult> {
  const { resolvesAfterMs } = disturbance;
  const nameServer =
    resolvesAfterMs === undefined ? undefined : await startNameServer(resolvesAfterMs);
  const { disturber, bulkShare } = options;
  const stage = await setStage({
    disturber,
    others: bulkShare === undefined ? {} : { POSTHORN_BULK_SHARE: String(bulkShare) },
    ...(nameServer === undefined ? {} : { nodeOptions: nameServer.nodeOptions }),
  });
  const load = await prepareHealthyLoad(stage, disturbance.healthyApplications, options);
  const windowMs = options.seconds * 1000;
  const turns: DisturbedTurn[] = [];
  for (let turn = 1; turn <= Math.min(options.turns, disturbance.turnsMax); turn += 1) {
    const without = await load();
    const disturbed = await loadBeside(
      { ...disturbance, name: `turn-${turn}` },
      { stage, load, windowMs, disturber },
    );
    turns.push(turnOf(without, disturbed));
  }
  await stage.close();
  nameServer?.close();
  return {
    kind: "disturbed",
    name: disturbance.name,
    method: disturbance.method,
    turns,
    p50Ratio: median(turns.map((turn) => turn.p50Ratio)),
    p99Ratio: median(turns.map((turn) => turn.p99Ratio)),
    throughputRatio: median(turns.map((turn) => turn.throughputRatio)),
    quietestP99Ratio: quietestP99RatioOf(
      turns.map((turn) => turn.with),
      turns.map((turn) => turn.without),
    ),
  };
}

type Disturbed = Pick<DisturbedTurn, "with" | "disturbing">;

interface Beside {
  readonly stage: Stage;
  readonly load: HealthyLoad;
  readonly windowMs: number;
  readonly disturber: Scheduling;
}

/** New customers come, disturb, and leave with all that they have left. */
async function loadBeside(
  { name, applications, endpointsEach, behaviour, ...disturbance }: Disturbance,
  { stage, load, windowMs, disturber }: Beside,
): Promise<Disturbed> {
  const behaviours = Array.from({ length: applications * endpointsEach }, () => behaviour);
  const named = disturbance.resolvesAfterMs !== undefined;
  const urls = await stage.disturbing.add(
    behaviours,
    named ? (endpoint) => `hook-${endpoint}.example.com` : undefined,
  );
  const customers = await subscribe(stage, { name, applications }, urls);
  const task = {
    ...postsTo(stage, customers, disturbance.batch),
    payloadBytes: disturbance.batch === 1 ? payloadBytes : smallPayloadBytes,
    pace: disturbance.pace,
    warmUpMs: disturbance.headStartMs,
    windowMs: windowWarmUpMs + windowMs + startMs,
  };
  const disturbing = runPhase(task, stage.disturbing, undefined, disturber);
  const burners = Array.from({ length: disturbance.burners ?? 0 }, () => startBurner(disturber));
  await wait(disturbance.headStartMs);
  const window = await load();
  for (const burner of burners) burner.kill("SIGKILL");
  const phase = await disturbing;
  await leave(stage, customers);
  await stage.disturbing.behaveAll(healthy);
  await wait(calmMs);
  return { with: window, disturbing: disturbingWindowOf(phase, disturbance.batch) };
}

function startBurner(scheduling: Scheduling): ChildProcess {
  const { execPath, execArgv } = underScheduling(scheduling);
  return spawn(execPath, [...execArgv, "--eval", "for (;;);"], { stdio: "ignore" });
}

function disturbingWindowOf({ load, received }: PhaseResult, batch: number): DisturbingWindow {
  return {
    acceptedPerSecond: (load.answered * batch * 1000) / load.windowMs,
    acceptedEver: load.answeredEver * batch,
    failed: load.failedEver,
    arrivedPerSecond: (received.arrivals * 1000) / received.elapsedMs,
  };
}

function turnOf(without: HealthyWindow, disturbed: Disturbed): DisturbedTurn {
  const ratioOf = (quantile: "p50" | "p99"): number => {
    const ratio = disturbed.with.endToEndMs[quantile] / without.endToEndMs[quantile];
    return Number.isNaN(ratio) ? Infinity : ratio;
  };
  return {
    without,
    ...disturbed,
    p50Ratio: ratioOf("p50"),
    p99Ratio: ratioOf("p99"),
    throughputRatio: disturbed.with.deliveredPerSecond / without.deliveredPerSecond,
  };
}
