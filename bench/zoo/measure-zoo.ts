import type { Behaviour } from "../../test/security/zoo/behaviour.ts";
import { type Api, prepareVisits, type Visit, visit } from "../../test/security/zoo/visit-zoo.ts";
import {
  medianP99RatioOf,
  prepareHealthyLoad,
  quietestP99RatioOf,
} from "../isolation/healthy-load.ts";
import type { HealthyWindow } from "../isolation/isolation-result.ts";
import { setStage } from "../isolation/stage.ts";
import { readMemory } from "../thread-cpu.ts";
import { startZoo } from "./start-zoo.ts";

export interface ZooOptions {
  /** Endpoints that meet a behaviour at once. */
  readonly visitors: number;
  /** Of an attempt, seconds. */
  readonly deadlineSeconds: number;
  /** Length of a window of the healthy customers' load, and their messages a second. */
  readonly seconds: number;
  readonly healthyPerSecond: number;
}

/** Some behaviours, one after the other, beside healthy customers. */
export interface ZooResult {
  readonly visits: readonly Visit[];
  /** Attempts that came to something else than they have to. */
  readonly unexpected: number;
  /** The longest attempt beyond its deadline. */
  readonly overdueMs: number;
  /** The most resident memory without the zoo, and meeting it. */
  readonly rssBeforeMiB: number;
  readonly rssMeetingMiB: number;
  readonly without: readonly HealthyWindow[];
  readonly with: readonly HealthyWindow[];
  /** Median p99 of the windows with the zoo ÷ without it, and of the quietest ones. */
  readonly p99Ratio: number;
  readonly quietestP99Ratio: number;
}

const healthyApplications = 49;
const sampledMs = 50;

export async function measureZoo(
  behaviours: readonly Behaviour[],
  options: ZooOptions,
): Promise<ZooResult> {
  const zoo = await startZoo();
  const { nodeOptions, ports } = zoo;
  const stage = await setStage({ attemptTimeoutSeconds: options.deadlineSeconds, nodeOptions });
  const api: Api = { address: stage.server.address, token: stage.token };
  await prepareVisits(api, ports, behaviours, options.visitors);
  const load = await prepareHealthyLoad(stage, healthyApplications, options);
  const memory = watchMemory(stage.server.pid);
  const without = [await load()];
  const rssBeforeMiB = memory.takeMost();
  const meeting = meet(api, behaviours, options.visitors);
  const windows: HealthyWindow[] = [];
  while (!meeting.done) windows.push(await load());
  const visits = await meeting.visits;
  const rssMeetingMiB = memory.takeMost();
  without.push(await load());
  memory.stop();
  await stage.close();
  await zoo.stop();
  return {
    visits,
    unexpected: visits.flatMap((each) => Object.values(each.unexpected)).reduce(add, 0),
    overdueMs:
      Math.max(...visits.map(({ longestMs }) => longestMs)) - options.deadlineSeconds * 1000,
    rssBeforeMiB,
    rssMeetingMiB,
    without,
    with: windows,
    p99Ratio: medianP99RatioOf(windows, without),
    quietestP99Ratio: quietestP99RatioOf(windows, without),
  };
}

interface Meeting {
  /** Whether all have been met. */
  done: boolean;
  readonly visits: Promise<readonly Visit[]>;
}

function meet(api: Api, behaviours: readonly Behaviour[], visitors: number): Meeting {
  const run = async (): Promise<readonly Visit[]> => {
    const visits: Visit[] = [];
    for (const behaviour of behaviours) visits.push(await visit(api, behaviour, visitors));
    meeting.done = true;
    return visits;
  };
  const meeting: Meeting = { done: false, visits: Promise.resolve().then(run) };
  return meeting;
}

function watchMemory(pid: number): { takeMost(): number; stop(): void } {
  let most = 0;
  const look = (): void => {
    most = Math.max(most, readMemory(pid).rssMiB);
  };
  const timer = setInterval(look, sampledMs);
  return {
    takeMost: () => {
      look();
      const taken = most;
      most = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}

function add(sum: number, count: number): number {
  return sum + count;
}
