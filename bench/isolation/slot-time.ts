import { setTimeout as wait } from "node:timers/promises";
import { monotonicMs } from "../monotonic.ts";
import type { HeldLog } from "./endpoint-process.ts";
import { fill } from "./fill.ts";
import type { SlotTimeResult } from "./isolation-result.ts";
import { setStage, subscribe } from "./stage.ts";

export interface SlotTimeCase {
  readonly name: string;
  readonly method: string;
  /** Of the endpoints of an application, by its place. */
  readonly answersAfterMs: (application: number) => number;
}

export const slotTimeCases: readonly SlotTimeCase[] = [
  {
    name: "slot-time-equal",
    method:
      "40 applications with 16 endpoints each and 250 messages waiting for each; all answer after 1 s; slot time over 12 s",
    answersAfterMs: () => 1000,
  },
  {
    name: "slot-time-unequal",
    method:
      "40 applications with 16 endpoints each and 250 messages waiting for each; half answer after 0.5 s, half after 2 s; slot time over 12 s",
    answersAfterMs: (application) => (application % 2 === 0 ? 500 : 2000),
  },
];

const applications = 40;
const endpointsEach = 16;
const messagesEach = 250;
const steadyAfterMs = 8000;
const windowMs = 12_000;

/** All hang until everything is accepted; then they answer, and from a while later on their slot time is counted. */
export async function measureSlotTime(each: SlotTimeCase): Promise<SlotTimeResult> {
  const stage = await setStage({ attemptTimeoutSeconds: 30 });
  const endpoints = applications * endpointsEach;
  const behaviours = Array.from({ length: endpoints }, (_, endpoint) => ({
    kind: "answer" as const,
    status: 200 as const,
    afterMs: each.answersAfterMs(Math.floor(endpoint / endpointsEach)),
    closes: false,
  }));
  const urls = await stage.disturbing.add(behaviours.map(() => ({ kind: "hang" })));
  const customers = await subscribe(stage, { name: "waiting", applications }, urls);
  await fill(stage, customers, { messages: endpoints * messagesEach, batch: messagesEach });
  await stage.disturbing.behaveAll(behaviours);
  await wait(steadyAfterMs);
  stage.disturbing.reset();
  const fromMs = monotonicMs();
  await wait(windowMs);
  const untilMs = monotonicMs();
  const slotsByApplication = slotsOf(await stage.disturbing.log(), { fromMs, untilMs });
  await stage.close();
  return {
    kind: "slot-time",
    name: each.name,
    method: each.method,
    index: jainIndexOf(slotsByApplication),
    slots: slotsByApplication.reduce((total, slots) => total + slots, 0),
    slotsByApplication,
  };
}

/** Mean number of requests that each application had open. */
function slotsOf(
  { endpoints, arrivedAtMs, endedAtMs }: HeldLog,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): number[] {
  const heldMs = Array.from({ length: applications }, () => 0);
  for (const [index, endpoint] of endpoints.entries()) {
    const application = Math.floor(endpoint / endpointsEach);
    const ended = endedAtMs[index] ?? Number.NaN;
    const from = Math.max(fromMs, arrivedAtMs[index] ?? 0);
    const until = Number.isNaN(ended) ? untilMs : Math.min(untilMs, ended);
    heldMs[application] = (heldMs[application] ?? 0) + Math.max(0, until - from);
  }
  return heldMs.map((ms) => ms / (untilMs - fromMs));
}

/** Jain, Chiu and Hawe (1984): (Σx)² ÷ (n Σx²). */
function jainIndexOf(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return (sum * sum) / (shares.length * squares);
}
