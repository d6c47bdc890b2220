import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startServer } from "../../test/e2e/server-process.ts";
import { readMemory } from "../thread-cpu.ts";
import { fill } from "./fill.ts";
import {
  type HealthyLoad,
  medianP99RatioOf,
  prepareHealthyLoad,
  quietestP99RatioOf,
} from "./healthy-load.ts";
import type { BacklogResult, HealthyWindow, IsolationOptions } from "./isolation-result.ts";
import { setStage, type Stage, subscribe } from "./stage.ts";

const healthyApplications = 49;
const windows = 3;
const pingEveryMs = 2;

/** An endpoint never answers, and more and more waits for it; then the server is killed and starts again. */
export async function measureBacklog(options: IsolationOptions): Promise<BacklogResult> {
  const pending = options.long ? 10_000_000 : 1_000_000;
  const stage = await setStage({ disturber: options.disturber });
  await stage.server.end("SIGKILL");
  const emptyStartMs = await startAgain(stage);
  const load = await prepareHealthyLoad(stage, healthyApplications, options);
  const before = await windowsOf(load);
  const idle = readMemory(stage.server.pid);
  const urls = await stage.disturbing.add([{ kind: "hang" }]);
  const customers = await subscribe(stage, { name: "dead", applications: 1 }, urls);
  const acceptedPerSecond = await fill(stage, customers, { messages: pending, batch: 1000 });
  const filled = readMemory(stage.server.pid);
  const beside = await windowsOf(load);
  await stage.server.end("SIGKILL");
  const restartMs = await startAgain(stage);
  const restarted = await windowsOf(load);
  const restartedMemory = readMemory(stage.server.pid);
  const megabytesOnDisk = bytesIn(join(stage.settings.dataFolder, "jobdb")) / 1e6;
  await stage.close();
  return {
    kind: "backlog",
    name: "backlog",
    method: `${pending} messages of 7 bytes wait for one endpoint that never answers, accepted by batches of 1,000, two at once; 49 healthy applications; SIGKILL and restart`,
    pending,
    acceptedPerSecond,
    megabytesOnDisk,
    rssIdleMiB: idle.rssMiB,
    rssFilledMiB: filled.rssMiB,
    rssFillingPeakMiB: filled.peakMiB,
    rssRestartedMiB: restartedMemory.rssMiB,
    rssRestartedPeakMiB: restartedMemory.peakMiB,
    restartMs,
    emptyStartMs,
    before,
    beside,
    restarted,
    besideP99Ratio: medianP99RatioOf(beside, before),
    restartedP99Ratio: medianP99RatioOf(restarted, before),
    besideQuietestP99Ratio: quietestP99RatioOf(beside, before),
    restartedQuietestP99Ratio: quietestP99RatioOf(restarted, before),
  };
}

/** Returns the milliseconds from starting the process to its saying that it accepts messages. */
async function startAgain(stage: Stage): Promise<number> {
  const startedAtMs = performance.now();
  stage.server = await startServer(stage.settings);
  for (;;) {
    const { status } = await fetch(`${stage.server.address}/api/v1/health/ping`);
    if (status === 204) return performance.now() - startedAtMs;
    await wait(pingEveryMs);
  }
}

async function windowsOf(load: HealthyLoad): Promise<HealthyWindow[]> {
  const all: HealthyWindow[] = [];
  for (let window = 1; window <= windows; window += 1) all.push(await load());
  return all;
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
