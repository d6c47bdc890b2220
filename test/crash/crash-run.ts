import { Svix } from "svix";
import type { LifeEnd, Report } from "../e2e/delivery-checker.ts";
import { SeededRandom } from "../e2e/seeded-random.ts";
import type { Exit } from "../e2e/own-child.ts";
import {
  issueToken,
  killDuringStart,
  type ServerProcess,
  StartFailure,
  startServer,
} from "../e2e/server-process.ts";
import { subscribe } from "../e2e/subscriber.ts";
import { within } from "../e2e/within.ts";
import { type Ending, stopInOrder } from "./ending.ts";
import { setStage, type Stage } from "./stage.ts";

export interface CrashOptions {
  readonly rounds: number;
  readonly seed: number;
  /** How the server is ended in each round. */
  readonly endingOf: (random: SeededRandom) => Ending;
  /** Whether some rounds begin with a server that is killed while it starts. */
  readonly falseStarts: boolean;
  /** See ProducerOptions. */
  readonly largeBatchShare: number;
}

/** One round; the counts are of this round alone. */
export interface RoundResult extends LifeEnd {
  readonly round: number;
  /** What ended it. */
  readonly ending: string;
  /** From the start of the process to accepting. */
  readonly startMs: number;
  readonly acknowledged: number;
  readonly arrivals: number;
  readonly problems: readonly string[];
}

export interface CrashResult {
  readonly rounds: readonly RoundResult[];
  readonly report: Report;
  /** From the last start to the last delivery that was owed. */
  readonly drainMs: number;
  /** POSTs whose answer got lost and that were answered when they were repeated under their key. */
  readonly repeatedPosts: number;
  /** What must not be, in words; empty if all is well. */
  readonly problems: readonly string[];
}

/** How many rounds begin with a server that is killed while it starts. */
const falseStartShare = 0.25;
const falseStartMsMax = 1500;
const quietMsMax = 20_000;
/** Every retry is due within a second or so. */
const drainQuietMsMax = 15_000;

/**
 * Ends the server again and again under load, in ways that the seed chooses, and compares what is on disk after each end
 * with what was seen; then heals the receivers, starts the server a last time, and waits for all that is owed.
 */
export async function crashRun(
  options: CrashOptions,
  tell: (round: RoundResult) => void,
): Promise<CrashResult> {
  const random = new SeededRandom(options.seed);
  const stage = await setStage(random, options.largeBatchShare);
  try {
    const token = await issueToken(stage.settings);
    const listen = await openStage(stage, token);
    const rounds: RoundResult[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      const isFalseStart = options.falseStarts && random.unit() < falseStartShare;
      if (isFalseStart) await startFalsely(stage, listen, random.integer(1, falseStartMsMax));
      const ended = await liveOnce(stage, { listen, token, ending: options.endingOf(random) });
      rounds.push({ ...ended, round });
      tell({ ...ended, round });
    }
    const healed = await heal(stage, listen, token);
    const report = stage.checker.report();
    const problems = [
      ...rounds.flatMap((round) => round.problems),
      ...healed.problems,
      ...problemsOf(report),
    ];
    const repeatedPosts = stage.producer.repeated;
    return { rounds, report, drainMs: healed.drainMs, repeatedPosts, problems };
  } finally {
    await Promise.all(stage.subscribers.map(({ receiver }) => receiver.stop()));
    stage.folder.remove();
  }
}

/** Registers all that there is to deliver to, and returns where every server is to listen. */
async function openStage(stage: Stage, token: string): Promise<string> {
  const server = await startServer(stage.settings);
  await subscribe(new Svix(token, { serverUrl: server.address }), stage.subscribers);
  const exit = await server.end("SIGTERM");
  if (exit.code !== 0) throw new Error(`the first server ended badly:\n${server.lastWords()}`);
  return new URL(server.address).host;
}

/** Starts the server and kills it, which may be before it accepts, or even before there is a data folder. */
async function startFalsely(stage: Stage, listen: string, afterMs: number): Promise<void> {
  await killDuringStart({ ...stage.settings, listen }, afterMs);
  await receiversQuiet(stage);
  stage.record.read();
  stage.checker.endLife("killed", stage.record);
}

async function receiversQuiet({ subscribers }: Stage): Promise<void> {
  const quiet = Promise.all(subscribers.map(({ receiver }) => receiver.quiet()));
  await within(quiet, quietMsMax, "the receivers' connections to close");
}

interface Life {
  readonly listen: string;
  readonly token: string;
  readonly ending: Ending;
}

/** One life of the server, from its start to its end under load; it may end before it has come to accept. */
async function liveOnce(stage: Stage, life: Life): Promise<Omit<RoundResult, "round">> {
  const { ending, listen, token } = life;
  const acknowledgedBefore = stage.acknowledgements.count;
  const arrivalsBefore = stage.arrivals.count;
  const startedAtMs = performance.now();
  const started = await startUnder(stage, listen, ending);
  const startMs = performance.now() - startedAtMs;
  const death =
    started instanceof StartFailure
      ? { exit: started.exit, lastWords: started.lastWords, isEarly: true }
      : { ...(await endUnderLoad(stage, started, { ending, token })), isEarly: false };
  const { end, problems } = await judgeEnd(stage, ending, death);
  return {
    ...end,
    ending: death.isEarly ? `${ending.words}, during the start` : ending.words,
    startMs,
    acknowledged: stage.acknowledgements.count - acknowledgedBefore,
    arrivals: stage.arrivals.count - arrivalsBefore,
    problems,
  };
}

async function startUnder(
  { settings }: Stage,
  listen: string,
  { launcher }: Ending,
): Promise<ServerProcess | StartFailure> {
  try {
    return await startServer({ ...settings, listen, launcher });
  } catch (error) {
    if (error instanceof StartFailure && launcher.length > 0) return error;
    throw error;
  }
}

async function endUnderLoad(
  stage: Stage,
  server: ServerProcess,
  { ending, token }: Pick<Life, "ending" | "token">,
): Promise<Omit<Death, "isEarly">> {
  const load = stage.producer.run(server.address, token);
  try {
    const exit = await ending.end(server, stage, load);
    await within(load, quietMsMax, "the producer to notice");
    return { exit, lastWords: server.lastWords() };
  } catch (error) {
    await server.end("SIGKILL"); // or it would hold up the end of this process
    throw error;
  }
}

/** How a server went. */
interface Death {
  readonly exit: Exit;
  readonly lastWords: string;
  /** Before it accepted. */
  readonly isEarly: boolean;
}

/** Waits until everything that the server had sent is told, and compares with what it left on disk. */
async function judgeEnd(
  stage: Stage,
  ending: Ending,
  { exit, lastWords }: Death,
): Promise<{ readonly end: LifeEnd; readonly problems: readonly string[] }> {
  await receiversQuiet(stage);
  stage.record.read();
  const end = stage.checker.endLife(ending.how, stage.record);
  const problems: string[] = [];
  if (!ending.isExpected(exit, lastWords)) {
    problems.push(`${ending.words} ended in ${exit.code ?? exit.signal}:\n${lastWords}`);
  }
  if (ending.how === "stopped" && end.repeatable > 0) {
    problems.push(`${end.repeatable} outcomes were not stored when it stopped in order`);
  }
  return { end, problems };
}

/** All receivers answer 200 now; nothing new is sent; whatever is owed must arrive. */
async function heal(
  stage: Stage,
  listen: string,
  token: string,
): Promise<{ readonly drainMs: number; readonly problems: readonly string[] }> {
  for (const { receiver } of stage.subscribers) receiver.behave({ kind: "healthy" });
  const startedAtMs = performance.now();
  const server = await startServer({ ...stage.settings, listen });
  await stage.producer.finish(server.address, token);
  const isDrained = await drain(stage);
  const drainMs = performance.now() - startedAtMs;
  const exit = await server.end("SIGTERM");
  const death = { exit, lastWords: server.lastWords(), isEarly: false };
  const { problems } = await judgeEnd(stage, stopInOrder, death);
  return {
    drainMs,
    problems: isDrained ? problems : ["not all that is owed arrived", ...problems],
  };
}

/** False if nothing arrived for so long that the rest never will: it is counted as lost. */
async function drain({ checker, arrivals }: Stage): Promise<boolean> {
  while (checker.outstanding > 0) {
    const progress = Promise.race([checker.drained(), arrivals.reached(arrivals.count + 1)]);
    const isProgressing = await within(progress, drainQuietMsMax, "an arrival").then(
      () => true,
      () => false, // the question itself
    );
    if (!isProgressing) return false;
  }
  return true;
}

function problemsOf(report: Report): readonly string[] {
  const faults = Object.entries(report.faults).filter(([, count]) => count > 0);
  return [
    ...(report.lost > 0 ? [`lost: ${report.lost}`] : []),
    ...faults.map(([fault, count]) => `${fault}: ${count}`),
  ];
}
