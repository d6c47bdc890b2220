import { join } from "node:path";
import { makeScratchFolder } from "../test/e2e/scratch-folder.ts";
import { issueToken, type ServerProcess, startServer } from "../test/e2e/server-process.ts";
import type { LoadTask, Pace } from "./load-process.ts";
import { describeMachine, describeRevision } from "./machine.ts";
import { type Outcomes, readOutcomes } from "./outcomes.ts";
import { type PhaseResult, runPhase } from "./phase.ts";
import { type ReceiverClient, startReceiver } from "./receiver-client.ts";
import { median, spreadOf } from "./spread.ts";
import { subscribeAll, type Target } from "./subscribe-all.ts";
import { readMemory } from "./thread-cpu.ts";
import type {
  CeilingRound,
  PosthornRound,
  ThroughputOptions,
  ThroughputResult,
} from "./throughput-result.ts";

interface Phases {
  readonly warmUp: PhaseResult;
  readonly ceiling: readonly PhaseResult[];
  readonly posthorn: readonly PhaseResult[];
  readonly halfLoad: PhaseResult;
  readonly halfPerSecond: number;
}

const payloadBytes = 512;
const warmUpMs = 2000;
const settleMsMax = 60_000;

/** Starts everything, measures, stops everything, and compares what was accepted, arrived and recorded. */
export async function measureThroughput(options: ThroughputOptions): Promise<ThroughputResult> {
  const folder = makeScratchFolder("bench");
  const settings = {
    dataFolder: join(folder.path, "data"),
    listen: "127.0.0.1:0",
    jwtSecret: "the benchmark's secret, 32 bytes or more",
    retrySchedule: [5, 300],
    attemptTimeoutSeconds: 15,
  };
  const machine = describeMachine(folder.path);
  const receiver = await startReceiver(options.endpoints);
  const token = await issueToken(settings);
  const server = await startServer(settings);
  const target = await subscribeAll(server.address, token, receiver.urls);
  const phases = await runPhases(options, receiver, server, target);
  const sent = [phases.warmUp, ...phases.posthorn, phases.halfLoad];
  const accepted = sum(sent, ({ load }) => load.answeredEver);
  const aside = sum(phases.ceiling, ({ load }) => load.answeredEver);
  await receiver.arrivedEver(accepted + aside, settleMsMax);
  const memory = readMemory(server.pid);
  const exit = await server.end("SIGTERM");
  if (exit.code !== 0) throw new Error(`the server ended badly:\n${server.lastWords()}`);
  const outcomes = readOutcomes(settings.dataFolder);
  const rounds = roundsOf(phases, outcomes);
  const { arrivalsEver } = await receiver.report();
  await receiver.stop();
  folder.remove();
  return {
    machine,
    revision: describeRevision(),
    options: { ...options, payloadBytes },
    ...rounds,
    memory,
    total: {
      accepted,
      failed: sum(sent, ({ load }) => load.failedEver),
      arrived: arrivalsEver - aside,
      attempts: outcomes.attempts,
      settled: outcomes.settled,
      bytesPerEvent: Math.round(outcomes.bytes / outcomes.messages),
    },
  };
}

/** What a webhook looks like, without anybody who stores, signs or schedules it. */
function ceilingTargetOf(urls: readonly string[]): Target {
  return {
    requests: urls.map((url) => {
      const { origin, pathname } = new URL(url);
      return { origin, path: pathname, bodyStart: "", bodyEnd: "" };
    }),
    headers: {
      "content-type": "application/json",
      "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
      "webhook-timestamp": "1674087231",
      "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    },
    expectedStatus: 200,
  };
}

async function runPhases(
  options: ThroughputOptions,
  receiver: ReceiverClient,
  server: ServerProcess,
  target: Target,
): Promise<Phases> {
  const closed: Pace = { kind: "closed", inFlight: options.inFlight };
  const windowMs = options.seconds * 1000;
  const common = { payloadBytes, warmUpMs };
  const ceilingTask = { ...common, ...ceilingTargetOf(receiver.urls), pace: closed };
  const posthornTask = { ...common, ...target, windowMs };
  const ceiling: PhaseResult[] = [];
  const posthorn: PhaseResult[] = [];
  let expected = 0;
  const run = async (task: LoadTask, pid: number | undefined): Promise<PhaseResult> => {
    const result = await runPhase(task, receiver, pid);
    expected += result.load.answeredEver;
    await receiver.arrivedEver(expected, settleMsMax); // so that no phase works off another's backlog
    return result;
  };
  // Its rates are not counted: the server's code is still being compiled.
  const warmUp = await run({ ...posthornTask, pace: closed }, server.pid);
  for (let round = 1; round <= options.rounds; round += 1) {
    ceiling.push(await run({ ...ceilingTask, windowMs: windowMs / 2 }, undefined));
    posthorn.push(await run({ ...posthornTask, pace: closed }, server.pid));
  }
  const halfPerSecond = Math.round(median(posthorn.map(deliveredPerSecondOf)) / 2);
  const pace: Pace = { kind: "open", perSecond: halfPerSecond };
  const halfLoad = await run({ ...posthornTask, pace }, server.pid);
  return { warmUp, ceiling, posthorn, halfLoad, halfPerSecond };
}

function roundsOf(
  { ceiling, posthorn, halfLoad, halfPerSecond }: Phases,
  outcomes: Outcomes,
): Pick<ThroughputResult, "ceiling" | "posthorn" | "ratios" | "ratio" | "halfLoad"> {
  const ratios = posthorn.map((phase, index) => {
    const bare = ceiling[index];
    return bare === undefined ? Number.NaN : deliveredPerSecondOf(phase) / perSecondOf(bare);
  });
  return {
    ceiling: ceiling.map((phase): CeilingRound => ({
      perSecond: perSecondOf(phase),
      latencyMs: spreadOf(phase.load.latenciesMs),
    })),
    posthorn: posthorn.map((phase) => posthornRoundOf(phase, outcomes)),
    ratios,
    ratio: median(ratios),
    halfLoad: {
      ...posthornRoundOf(halfLoad, outcomes),
      offeredPerSecond: halfPerSecond,
      latenessMs: spreadOf(halfLoad.load.latenessMs),
    },
  };
}

function posthornRoundOf(phase: PhaseResult, outcomes: Outcomes): PosthornRound {
  const { load, received, serverCpu, fromMs, untilMs } = phase;
  const events = received.arrivals;
  const entries = Array.from(serverCpu, ([name, micros]) => [name, micros / events] as const);
  return {
    acceptedPerSecond: perSecondOf(phase),
    deliveredPerSecond: deliveredPerSecondOf(phase),
    recordedPerSecond: (outcomes.attemptsBetween(fromMs, untilMs) * 1000) / (untilMs - fromMs),
    acceptMs: spreadOf(load.latenciesMs),
    endToEndMs: spreadOf(received.agesMs),
    serverCpuMicros: Object.fromEntries(entries),
    serverCpuMicrosAll: sum(entries, ([, micros]) => micros),
    loadCpuMicros: load.cpuMicros / events,
    receiverCpuMicros: received.cpuMicros / events,
  };
}

/** Answered as expected. */
function perSecondOf({ load }: PhaseResult): number {
  return (load.answered * 1000) / load.windowMs;
}

function deliveredPerSecondOf({ received }: PhaseResult): number {
  return (received.arrivals * 1000) / received.elapsedMs;
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
