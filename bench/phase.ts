import { fork } from "node:child_process";
import { join } from "node:path";
import { ownChild } from "../test/e2e/own-child.ts";
import { within } from "../test/e2e/within.ts";
import type { LoadEvent, LoadResult, LoadTask } from "./load-process.ts";
import type { ReceiverClient } from "./receiver-client.ts";
import type { ReceiverReport } from "./receiver-process.ts";
import { type Scheduling, underScheduling } from "./scheduling.ts";
import { readThreadCpu, type ThreadCpu } from "./thread-cpu.ts";

/** What one window of load showed. */
export interface PhaseResult {
  readonly load: LoadResult;
  readonly received: ReceiverReport;
  /** When the window began and ended, Unix milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** CPU time of each thread of the server in the window, microseconds; empty without a server. */
  readonly serverCpu: ThreadCpu;
}

const endMsMax = 120_000;

/** Runs one task in a load generator of its own. */
export async function runPhase(
  task: LoadTask,
  receiver: Pick<ReceiverClient, "reset" | "report">,
  serverPid: number | undefined,
  scheduling: Scheduling = "normal",
): Promise<PhaseResult> {
  const child = fork(join(import.meta.dirname, "load-process.ts"), {
    serialization: "advanced",
    ...underScheduling(scheduling),
  });
  const exited = ownChild(child);
  const done = Promise.withResolvers<LoadResult>();
  const window = { fromMs: 0, untilMs: 0, cpuFrom: new Map(), cpuUntil: new Map() };
  let received: Promise<ReceiverReport> | undefined;
  const cpu = (): Map<string, number> =>
    new Map(serverPid === undefined ? [] : readThreadCpu(serverPid));
  child.on("message", (event: LoadEvent) => {
    if (event.kind === "window-start") {
      receiver.reset();
      window.fromMs = Date.now();
      window.cpuFrom = cpu();
    } else if (event.kind === "window-end") {
      received = receiver.report();
      window.untilMs = Date.now();
      window.cpuUntil = cpu();
    } else {
      done.resolve(event.result);
    }
  });
  child.send(task);
  const ended = exited.then((exit) => {
    throw new Error(`the load generator ended (${exit.code ?? exit.signal})`);
  });
  const limitMs = task.warmUpMs + task.windowMs + endMsMax;
  const load = await within(Promise.race([done.promise, ended]), limitMs, "the load generator");
  ended.catch(() => undefined); // now it may
  child.disconnect();
  await exited;
  if (received === undefined) throw new Error("the load generator told no window");
  return {
    load,
    received: await received,
    fromMs: window.fromMs,
    untilMs: window.untilMs,
    serverCpu: difference(window.cpuUntil, window.cpuFrom),
  };
}

function difference(until: ThreadCpu, from: ThreadCpu): ThreadCpu {
  return new Map(Array.from(until, ([name, micros]) => [name, micros - (from.get(name) ?? 0)]));
}
