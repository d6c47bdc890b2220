import { setTimeout as wait } from "node:timers/promises";
import { Svix } from "svix";
import type { LifeEnd, Report } from "../e2e/delivery-checker.ts";
import { SeededRandom } from "../e2e/seeded-random.ts";
import {
  issueToken,
  killDuringStart,
  type ServerProcess,
  startServer,
} from "../e2e/server-process.ts";
import { subscribe } from "../e2e/subscriber.ts";
import { within } from "../e2e/within.ts";
import { setStage, type Stage } from "./stage.ts";

export interface CrashOptions {
  readonly rounds: number;
  readonly seed: number;
  /** How the server is ended in every round: SIGTERM must leave nothing to repeat. */
  readonly signal: "SIGKILL" | "SIGTERM";
}

/** One round; the counts are of this round alone. */
export interface RoundResult extends LifeEnd {
  readonly round: number;
  /** What the end waited for. */
  readonly moment: string;
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

/** When the server is ended: so many events after its start and a little later, to hit more than one spot. */
interface Moment {
  readonly event: "acknowledgements" | "arrivals";
  readonly count: number;
  readonly delayMs: number;
}

/** How many rounds begin with a server that is killed while it starts. */
const falseStartShare = 0.25;
const falseStartMsMax = 1500;
const momentMsMax = 30_000;
const quietMsMax = 20_000;
/** Every retry is due within a second or so. */
const drainQuietMsMax = 15_000;

/**
 * Ends the server again and again under load, at moments that the seed chooses, now and then already while it starts, and
 * compares what is on disk after each end with what was seen; then heals the receivers, starts the server a last time, and waits for all that is owed.
 */
export async function crashRun(
  options: CrashOptions,
  tell: (round: RoundResult) => void,
): Promise<CrashResult> {
  const random = new SeededRandom(options.seed);
  const stage = await setStage(random);
  try {
    const token = await issueToken(stage.settings);
    const rounds: RoundResult[] = [];
    let listen = stage.settings.listen;
    for (let round = 1; round <= options.rounds; round += 1) {
      const isFalseStart = options.signal === "SIGKILL" && random.unit() < falseStartShare;
      if (isFalseStart) await startFalsely(stage, listen, random.integer(1, falseStartMsMax));
      const startedAtMs = performance.now();
      const arrivalsBefore = stage.arrivals.count;
      const server = await startServer({ ...stage.settings, listen });
      const startMs = performance.now() - startedAtMs;
      listen = new URL(server.address).host;
      let ended;
      try {
        if (round === 1) {
          await subscribe(new Svix(token, { serverUrl: server.address }), stage.subscribers);
        }
        const load = stage.producer.run(server.address, token);
        const life = { server, load, moment: momentOf(random), signal: options.signal };
        ended = await endUnderLoad(stage, life);
      } catch (error) {
        await server.end("SIGKILL"); // or it would hold up the end of this process
        throw error;
      }
      const arrivals = stage.arrivals.count - arrivalsBefore;
      const result = { ...ended, round, startMs, arrivals };
      rounds.push(result);
      tell(result);
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

function momentOf(random: SeededRandom): Moment {
  const event = random.pick(["acknowledgements", "arrivals"] as const);
  return { event, count: random.integer(1, 1500), delayMs: random.integer(0, 20) };
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
  readonly server: ServerProcess;
  /** Settles when the server no longer accepts. */
  readonly load: Promise<void>;
  readonly moment: Moment;
  readonly signal: CrashOptions["signal"];
}

async function endUnderLoad(
  stage: Stage,
  life: Life,
): Promise<Omit<RoundResult, "round" | "startMs" | "arrivals">> {
  const { server, load, moment, signal } = life;
  const refused = load.then(() => {
    throw new Error(`the server stopped accepting by itself:\n${server.lastWords()}`);
  });
  const acknowledgedBefore = stage.acknowledgements.count;
  const tally = stage[moment.event];
  const reached = tally.reached(tally.count + moment.count);
  const what = `${moment.count} ${moment.event}`;
  await within(Promise.race([reached, refused]), momentMsMax, what);
  await wait(moment.delayMs);
  const { end, problems } = await endLife(stage, life);
  return {
    ...end,
    moment: `${signal} ${moment.delayMs} ms after ${what}`,
    acknowledged: stage.acknowledgements.count - acknowledgedBefore,
    problems,
  };
}

/** Ends the server, waits until everything that it had sent is told, and compares with what it left on disk. */
async function endLife(
  stage: Stage,
  { server, load, signal }: Pick<Life, "server" | "load" | "signal">,
): Promise<{ readonly end: LifeEnd; readonly problems: readonly string[] }> {
  const exit = await server.end(signal);
  await within(load, quietMsMax, "the producer to notice");
  await receiversQuiet(stage);
  stage.record.read();
  const end = stage.checker.endLife(signal === "SIGKILL" ? "killed" : "stopped", stage.record);
  const problems: string[] = [];
  const asExpected = signal === "SIGKILL" ? exit.signal === signal : exit.code === 0;
  if (!asExpected) {
    problems.push(`${signal} ended in ${exit.code ?? exit.signal}:\n${server.lastWords()}`);
  }
  if (signal === "SIGTERM" && end.repeatable > 0) {
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
  const { problems } = await endLife(stage, { server, load: Promise.resolve(), signal: "SIGTERM" });
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
