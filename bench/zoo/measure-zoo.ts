import type { Behaviour } from "../../test/security/zoo/behaviour.ts";
import {
  type Api,
  meet,
  type Meeting,
  prepareVisits,
  type Visit,
  visitOf,
} from "../../test/security/zoo/visit-zoo.ts";
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
import { tame, twinOf } from "./tame.ts";
import type { Scheduling } from "../scheduling.ts";

export interface ZooOptions {
  /** Endpoints that meet a behaviour at once. */
  readonly visitors: number;
  /** Behaviours of a round. */
  readonly together: number;
  /** Of an attempt, seconds. */
  readonly deadlineSeconds: number;
  /** Of the zoo and the bare clients, as in the isolation bench. */
  readonly zoo: Scheduling;
  /** Length of a window of the healthy customers' load, and their messages a second. */
  readonly seconds: number;
  readonly healthyPerSecond: number;
}

interface MeasuredVisit extends Visit {
  /** The most resident memory meanwhile. */
  readonly rssMiB: number;
}

/** As many new endpoints that are slow and well-behaved, beside healthy customers, in turn with nobody. */
interface TameRound {
  readonly rssMiB: number;
  readonly without: readonly HealthyWindow[];
  readonly with: readonly HealthyWindow[];
}

/** Some behaviours, one after the other, beside healthy customers, in turn with nobody and with bare clients. */
interface Round {
  readonly visits: readonly MeasuredVisit[];
  readonly rssBeforeMiB: number;
  readonly without: readonly HealthyWindow[];
  /** The same behaviours met by bare clients of another process. */
  readonly bare: readonly HealthyWindow[];
  readonly with: readonly HealthyWindow[];
}

export interface ZooResult {
  readonly tameRounds: readonly TameRound[];
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
  /** Of the tame rounds. */
  readonly tameByWithout: number;
  readonly bareByWithout: number;
}

const healthyApplications = 49;
const sampledMs = 20;
/**
 * Looking is work for the thread that the healthy customers' messages come to, and no endpoint's doing: beside them it is one row
 * that is looked for, and the attempts are listed when the windows of a round are over.
 */
const lookMs = 100;

export async function measureZoo(
  behaviours: readonly Behaviour[],
  options: ZooOptions,
): Promise<ZooResult> {
  const zoo = await startZoo(options.zoo);
  const bareClient = startBareClient(options.zoo);
  const attemptTimeoutSeconds = options.deadlineSeconds;
  const stage = await setStage({
    attemptTimeoutSeconds,
    retrySchedule: [3_600], // what is met again is not met beside nobody
    nodeOptions: zoo.nodeOptions,
  });
  const api: Api = { address: stage.server.address, token: stage.token };
  const twins = behaviours.map(twinOf);
  const tamePort = zoo.ports.get(tame.name);
  if (tamePort === undefined) throw new Error("the zoo has a tame one");
  const ports = new Map([...zoo.ports, ...twins.map(({ name }) => [name, tamePort] as const)]);
  await prepareVisits(api, ports, [...twins, ...behaviours], options.visitors);
  const load = await prepareHealthyLoad(stage, healthyApplications, options);
  const memory = watchMemory(stage.server.pid);
  await load();
  const rssBeforeMiB = memory.takeMost();
  const means = { options, api, load, memory, zoo, bareClient };
  const tameRounds: TameRound[] = [];
  for (const some of partsOf(twins, options.together)) {
    const without = await load();
    const { visits, windows } = await meetThem(some, means);
    tameRounds.push({ rssMiB: mostOf(visits), without: [without], with: windows });
  }
  const rounds: Round[] = [];
  for (const some of partsOf(behaviours, options.together))
    rounds.push(await runRound(some, means));
  memory.stop();
  await stage.close();
  await Promise.all([zoo.stop(), bareClient.stop()]);
  return summaryOf({ tameRounds, rounds, rssBeforeMiB }, options);
}

function* partsOf<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
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
  const deadlineMs = options.deadlineSeconds * 1000;
  const bare = await meetBeside(load, behaviours, async ({ name, place }) => {
    const port = zoo.ports.get(name);
    if (place.kind === "name" || port === undefined) return;
    const { scheme } = place;
    await bareClient.visit({ port, scheme, visitors: options.visitors, deadlineMs });
  });
  without.push(await load());
  const rssBeforeMiB = memory.takeMost();
  const { visits, windows } = await meetThem(behaviours, means);
  return { visits, rssBeforeMiB, without, bare, with: windows };
}

interface Met {
  readonly visits: readonly MeasuredVisit[];
  readonly windows: readonly HealthyWindow[];
}

async function meetThem(
  behaviours: readonly Behaviour[],
  { options, api, load, memory }: Means,
): Promise<Met> {
  const meetings: (Meeting & { readonly rssMiB: number })[] = [];
  const windows = await meetBeside(load, behaviours, async (behaviour) => {
    const meeting = await meet(api, behaviour, options.visitors, lookMs);
    meetings.push({ ...meeting, rssMiB: memory.takeMost() });
  });
  const visits: MeasuredVisit[] = [];
  for (const { rssMiB, ...meeting } of meetings) {
    const visit = await visitOf(api, meeting);
    visits.push({ ...visit, rssMiB: Math.max(rssMiB, memory.takeMost()) });
  }
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
  measured: Pick<ZooResult, "tameRounds" | "rounds" | "rssBeforeMiB">,
  { deadlineSeconds }: ZooOptions,
): ZooResult {
  const { tameRounds, rounds } = measured;
  const visits = rounds.flatMap((round) => round.visits);
  return {
    ...measured,
    unexpected: visits.flatMap((each) => Object.values(each.unexpected)).reduce(add, 0),
    overdueMs: Math.max(...visits.map(({ longestMs }) => longestMs)) - deadlineSeconds * 1000,
    rssTameMiB: Math.max(...tameRounds.map(({ rssMiB }) => rssMiB)),
    rssMostMiB: mostOf(visits),
    p99Ratio: ratiosOf(measured, medianP99RatioOf),
    quietestP99Ratio: ratiosOf(measured, quietestP99RatioOf),
  };
}

function mostOf(visits: readonly MeasuredVisit[]): number {
  return Math.max(...visits.map(({ rssMiB }) => rssMiB));
}

function ratiosOf(
  { tameRounds, rounds }: Pick<ZooResult, "tameRounds" | "rounds">,
  ratioOf: (some: readonly HealthyWindow[], others: readonly HealthyWindow[]) => number,
): Ratios {
  const without = rounds.flatMap((round) => round.without);
  return {
    withByWithout: ratioOf(
      rounds.flatMap((round) => round.with),
      without,
    ),
    tameByWithout: ratioOf(
      tameRounds.flatMap((round) => round.with),
      tameRounds.flatMap((round) => round.without),
    ),
    bareByWithout: ratioOf(
      rounds.flatMap((round) => round.bare),
      without,
    ),
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
