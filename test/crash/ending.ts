import { setTimeout as wait } from "node:timers/promises";
import type { Exit } from "../e2e/own-child.ts";
import type { SeededRandom } from "../e2e/seeded-random.ts";
import type { ServerProcess } from "../e2e/server-process.ts";
import { within } from "../e2e/within.ts";
import type { Stage } from "./stage.ts";
import { type Injection, injectingLauncher } from "./system-calls/strace.ts";

/** How a life of the server ends. */
export interface Ending {
  /** What the server is launched by; with one it may end before it accepts. */
  readonly launcher: readonly string[];
  readonly words: string;
  /** `stopped`: it must have stored every outcome. */
  readonly how: "killed" | "stopped";
  /** Resolves when the server has ended. `load` settles when it no longer accepts. */
  readonly end: (server: ServerProcess, stage: Stage, load: Promise<void>) => Promise<Exit>;
  readonly isExpected: (exit: Exit, lastWords: string) => boolean;
}

const momentMsMax = 30_000;
const soakLifeMs = 60_000;
/** Acknowledgements without a call that was to fail or kill: then it is not reached any more. */
const acknowledgementsInVain = 2_000;

/** In order, of a server that nobody bothers. */
export const stopInOrder: Ending = {
  launcher: [],
  words: "SIGTERM",
  how: "stopped",
  end: (server) => server.end("SIGTERM"),
  isExpected: ({ code }) => code === 0,
};

/** By a signal, so many events after the start and a little later, to hit more than one spot. */
function signalEnding(signal: "SIGKILL" | "SIGTERM", random: SeededRandom): Ending {
  const event = random.pick(["acknowledgements", "arrivals"] as const);
  const count = random.integer(1, 1500);
  const delayMs = random.integer(0, 20);
  const what = `${count} ${event}`;
  return {
    launcher: [],
    words: `${signal} ${delayMs} ms after ${what}`,
    how: signal === "SIGKILL" ? "killed" : "stopped",
    end: async (server, stage, load) => {
      const refused = load.then(() => {
        throw new Error(`the server stopped accepting by itself:\n${server.lastWords()}`);
      });
      const tally = stage[event];
      const reached = tally.reached(tally.count + count);
      await within(Promise.race([reached, refused]), momentMsMax, what);
      await wait(delayMs);
      return await server.end(signal);
    },
    isExpected: (exit) => (signal === "SIGKILL" ? exit.signal === signal : exit.code === 0),
  };
}

/** By SIGKILL after a minute of load. */
function soakEnding(): Ending {
  return {
    launcher: [],
    words: `SIGKILL after ${soakLifeMs / 1000} s`,
    how: "killed",
    end: async (server) => {
      await wait(soakLifeMs);
      return await server.end("SIGKILL");
    },
    isExpected: ({ signal }) => signal === "SIGKILL",
  };
}

/** Calls that change files or make changes durable, and up to which one of a thread a short life comes. */
const killPoints = [
  { calls: ["pwrite64"], nthMax: 900 },
  { calls: ["fsync", "fdatasync"], nthMax: 60 },
  { calls: ["unlink"], nthMax: 2 },
  { calls: ["ftruncate"], nthMax: 3 },
  { calls: ["openat"], nthMax: 60 },
  { calls: ["mkdir", "rename"], nthMax: 1 },
] as const;
const shares = [0.6, 0.85, 0.9, 0.94, 0.99, 1];

/** By SIGKILL at the nth call that changes a file, before the call has done anything. */
function systemCallEnding(random: SeededRandom): Ending {
  const choice = random.unit();
  const point = killPoints[shares.findIndex((share) => choice < share)] ?? killPoints[0];
  const nth = random.integer(1, point.nthMax);
  const injection: Injection = { calls: point.calls, nth, effect: "kill" };
  return {
    ...injectedEnding(injection, `killed at ${point.calls.join(" or ")} ${nth}`),
    isExpected: ({ signal }) => signal === "SIGKILL",
  };
}

/** By an error of the disk: it must end in order, with 1 and the cause. */
function ioErrorEnding(random: SeededRandom): Ending {
  const isFull = random.unit() < 0.3;
  const calls = isFull ? ["pwrite64"] : random.pick([["fsync", "fdatasync"], ["pwrite64"]]);
  const nth = random.integer(1, calls.includes("pwrite64") ? 900 : 60);
  // A disk that is full stays so; one failed fsync is followed by others that "succeed", and must not be believed.
  const effect = isFull
    ? ({ error: "ENOSPC", lasting: true } as const)
    : ({ error: "EIO", lasting: false } as const);
  return {
    ...injectedEnding({ calls, nth, effect }, `${effect.error} at ${calls.join(" or ")} ${nth}`),
    isExpected: isInOrder,
  };
}

export type EndingName = "SIGKILL" | "SIGTERM" | "soak" | "system-call" | "io-error";

/** As the command line names them. */
export const endings: Readonly<Record<EndingName, (random: SeededRandom) => Ending>> = {
  SIGKILL: (random) => signalEnding("SIGKILL", random),
  SIGTERM: (random) => signalEnding("SIGTERM", random),
  soak: soakEnding,
  "system-call": systemCallEnding,
  "io-error": ioErrorEnding,
};

function injectedEnding(injection: Injection, words: string): Omit<Ending, "isExpected"> {
  return {
    launcher: injectingLauncher(injection),
    words,
    how: "killed",
    end: async (server, stage) => {
      const { acknowledgements } = stage;
      const inVain = acknowledgements
        .reached(acknowledgements.count + acknowledgementsInVain)
        .then(() => server.end(injection.effect === "kill" ? "SIGKILL" : "SIGTERM"));
      return await within(Promise.race([server.exited, inVain]), momentMsMax, words);
    },
  };
}

/**
 * With 1 and a line that says why, and no stack outside the log; or 0, if the error met something that the server can go
 * on without, such as a control write.
 */
function isInOrder({ code }: Exit, lastWords: string): boolean {
  if (code === 0) return true;
  const plainLines = lastWords.split("\n").filter((line) => !line.startsWith("{"));
  const isExplained = plainLines.some((line) => line.startsWith("posthorn: "));
  return code === 1 && isExplained && !plainLines.some((line) => /\.ts:\d/.test(line));
}
