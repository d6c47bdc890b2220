import type { Behaviour } from "../../test/security/zoo/behaviour.ts";
import { type Api, prepareVisits, type Visit, visit } from "../../test/security/zoo/visit-zoo.ts";
import {
  type HealthyLoad,
  medianP99RatioOf,
  prepareHealthyLoad,
  quietestP99RatioOf,
} from "../isolation/healthy-load.ts";
import type { HealthyWindow } from "../isolation/isolation-result.ts";
import { setStage } from "../isolation/stage.ts";
import { readMemory } from "../thread-cpu.ts";
import { type BareClient, startBareClient } from "./bare-client.ts";
import { startZoo, type ZooProcess } from "./start-zoo.ts";
import { tame } from "./tame.ts";

export interface ZooOptions {
  /** Endpoints that meet a behaviour at once. */
  readonly visitors: number;
  /** Behaviours of a round. */
  readonly together: number;
  /** Of an attempt, seconds. */
  readonly deadlineSeconds: number;
  /** How long there are well-behaved crowds before the zoo is met. */
  readonly tameSeconds: number;
  /** Length of a window of the healthy customers' load, and their messages a second. */
  readonly seconds: number;
  readonly healthyPerSecond: number;
}

interface MeasuredVisit extends Visit {
  /** The most resident memory meanwhile. */
  readonly rssMiB: number;
}

/** Some behaviours, one after the other, beside healthy customers, in turn with nobody and with bare clients. */
interface Round {
  readonly visits: readonly MeasuredVisit[];
  readonly rssBeforeMiB: number;
  readonly without: readonly HealthyWindow[];
  /** As many endpoints that are slow and well-behaved, as often. */
  readonly tame: readonly HealthyWindow[];
  /** The same behaviours met by bare clients of another process. */
  readonly bare: readonly HealthyWindow[];
  readonly with: readonly HealthyWindow[];
}

export interface ZooResult {
  readonly rounds: readonly Round[];
  /** Attempts that came to something else than they have to. */
  readonly unexpected: number;
  /** The longest attempt beyond its deadline. */
  readonly overdueMs: number;
  /** The most resident memory before there is any crowd, beside well-behaved crowds, and from when the zoo is met on. */
  readonly rssBeforeMiB: number;
  readonly rssTameMiB: number;
  readonly rssMostMiB: number;
  /** Median p99 of the healthy customers' windows of one kind ÷ of another, and of the quietest ones. */
  readonly p99Ratio: Ratios;
  readonly quietestP99Ratio: Ratios;
}

interface Ratios {
  readonly withByWithout: number;
  readonly tameByWithout: number;
  readonly bareByWithout: number;
  readonly withByTame: number;
  readonly withByBare: number;
}

const healthyApplications = 49;
const sampledMs = 20;
/** Lists of attempts are work for the thread that the healthy customers' messages come to. */
const lookMs = 500;

export async function measureZoo(
  behaviours: readonly Behaviour[],
  options: ZooOptions,
): Promise<ZooResult> {
  const zoo = await startZoo();
  const bareClient = startBareClient();
  const attemptTimeoutSeconds = options.deadlineSeconds;
  const stage = await setStage({ attemptTimeoutSeconds, nodeOptions: zoo.nodeOptions });
  const api: Api = { address: stage.server.address, token: stage.token };
  await prepareVisits(api, zoo.ports, [tame, ...behaviours], options.visitors);
  const load = await prepareHealthyLoad(stage, healthyApplications, options);
  const memory = watchMemory(stage.server.pid);
  await load();
  const rssBeforeMiB = memory.takeMost();
  const crowd = Array.from({ length: options.together }, () => tame);
  const means = { options, api, load, memory, zoo, bareClient };
  // Long enough for each heap to be collected at its full size: what it grows to first is nobody's doing.
  const tameUntilMs = performance.now() + options.tameSeconds * 1000;
  let rssTameMiB = 0;
  do rssTameMiB = Math.max(rssTameMiB, mostOf((await meet(crowd, means)).visits));
  while (performance.now() < tameUntilMs);
  const rounds: Round[] = [];
  for (let from = 0; from < behaviours.length; from += options.together) {
    const some = behaviours.slice(from, from + options.together);
    rounds.push(await runRound(some, means));
  }
  memory.stop();
  await stage.close();
  await Promise.all([zoo.stop(), bareClient.stop()]);
  return summaryOf(rounds, { rssBeforeMiB, rssTameMiB }, options);
}

interface Means {
  readonly options: ZooOptions;
  readonly api: Api;
  readonly load: HealthyLoad;
  readonly memory: Memory;
  readonly zoo: ZooProcess;
  readonly bareClient: BareClient;
}

async function runRound(behaviours: readonly Behaviour[], means: Means): Promise<Round> {
  const { options, load, memory, zoo, bareClient } = means;
  const without = [await load()];
  const crowd = await meet(
    behaviours.map(() => tame),
    means,
  );
  const deadlineMs = options.deadlineSeconds * 1000;
  const bare = await meetBeside(load, behaviours, async ({ name, place }) => {
    const port = zoo.ports.get(name);
    if (place.kind === "name" || port === undefined) return;
    const { scheme } = place;
    await bareClient.visit({ port, scheme, visitors: options.visitors, deadlineMs });
  });
  without.push(await load());
  const rssBeforeMiB = memory.takeMost();
  const { visits, windows } = await meet(behaviours, means);
  return { visits, rssBeforeMiB, without, tame: crowd.windows, bare, with: windows };
}

interface Meeting {
  readonly visits: readonly MeasuredVisit[];
  readonly windows: readonly HealthyWindow[];
}

async function meet(
  behaviours: readonly Behaviour[],
  { options, api, load, memory }: Means,
): Promise<Meeting> {
  const visits: MeasuredVisit[] = [];
  const windows = await meetBeside(load, behaviours, async (behaviour) => {
    const met = await visit(api, behaviour, options.visitors, lookMs);
    visits.push({ ...met, rssMiB: memory.takeMost() });
  });
  return { visits, windows };
}

/** Windows of load until all behaviours have been met, one after the other. */
async function meetBeside(
  load: HealthyLoad,
  behaviours: readonly Behaviour[],
  meetOne: (behaviour: Behaviour) => Promise<void>,
): Promise<readonly HealthyWindow[]> {
  const left = [...behaviours];
  const meetAll = async (): Promise<void> => {
    for (let next = left[0]; next !== undefined; next = left[0]) {
      await meetOne(next);
      left.shift();
    }
  };
  const meeting = meetAll();
  const windows: HealthyWindow[] = [];
  do windows.push(await load());
  while (left.length > 0);
  await meeting;
  return windows;
}

function summaryOf(
  rounds: readonly Round[],
  before: Pick<ZooResult, "rssBeforeMiB" | "rssTameMiB">,
  { deadlineSeconds }: ZooOptions,
): ZooResult {
  const visits = rounds.flatMap((round) => round.visits);
  return {
    rounds,
    unexpected: visits.flatMap((each) => Object.values(each.unexpected)).reduce(add, 0),
    overdueMs: Math.max(...visits.map(({ longestMs }) => longestMs)) - deadlineSeconds * 1000,
    ...before,
    rssMostMiB: mostOf(visits),
    p99Ratio: ratiosOf(rounds, medianP99RatioOf),
    quietestP99Ratio: ratiosOf(rounds, quietestP99RatioOf),
  };
}

function mostOf(visits: readonly MeasuredVisit[]): number {
  return Math.max(...visits.map(({ rssMiB }) => rssMiB));
}

function ratiosOf(
  rounds: readonly Round[],
  ratioOf: (some: readonly HealthyWindow[], others: readonly HealthyWindow[]) => number,
): Ratios {
  const without = rounds.flatMap((round) => round.without);
  const crowd = rounds.flatMap((round) => round.tame);
  const bare = rounds.flatMap((round) => round.bare);
  const meeting = rounds.flatMap((round) => round.with);
  return {
    withByWithout: ratioOf(meeting, without),
    tameByWithout: ratioOf(crowd, without),
    bareByWithout: ratioOf(bare, without),
    withByTame: ratioOf(meeting, crowd),
    withByBare: ratioOf(meeting, bare),
  };
}

interface Memory {
  /** Since the last time, MiB. */
  takeMost(): number;
  stop(): void;
}

function watchMemory(pid: number): Memory {
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
