import { fork } from "node:child_process";
import { join } from "node:path";
import { ownChild } from "../test/e2e/own-child.ts";
import { within } from "../test/e2e/within.ts";
import type { ReceiverReport, ReceiverRequest } from "./receiver-process.ts";

/** The receiver process, as seen from the benchmark. */
export interface ReceiverClient {
  /** One for each endpoint, each on a port of its own. */
  readonly urls: readonly string[];
  reset(): void;
  report(): Promise<ReceiverReport>;
  /** Resolves when `count` requests have arrived since the process started; fails if that takes too long. */
  arrivedEver(count: number, limitMs: number): Promise<void>;
  stop(): Promise<void>;
}

const answerMsMax = 30_000;

export async function startReceiver(endpoints: number): Promise<ReceiverClient> {
  const child = fork(join(import.meta.dirname, "receiver-process.ts"), [String(endpoints)], {
    serialization: "advanced",
  });
  const exited = ownChild(child);
  const ended = exited.then((exit) => {
    throw new Error(`the receiver ended (${exit.code ?? exit.signal})`);
  });
  ended.catch(() => undefined); // whoever waits for an answer gets it
  // The process answers in the order in which it is asked, and only when it is asked.
  const answerOf = async <T>(limitMs: number): Promise<T> => {
    const answer = Promise.withResolvers<T>();
    child.once("message", (message: T) => {
      answer.resolve(message);
    });
    return await within(Promise.race([answer.promise, ended]), limitMs, "the receiver");
  };
  const urls = await answerOf<readonly string[]>(answerMsMax);
  const ask = (request: ReceiverRequest): void => {
    child.send(request);
  };
  const report = async (): Promise<ReceiverReport> => {
    ask("report");
    return await answerOf<ReceiverReport>(answerMsMax);
  };
  return {
    urls,
    reset: () => {
      ask("reset");
    },
    report,
    arrivedEver: async (count, limitMs) => {
      ask(count);
      await answerOf<"reached">(limitMs);
    },
    stop: async () => {
      child.disconnect();
      await exited;
    },
  };
}
