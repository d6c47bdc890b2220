import type { Pace } from "../load-process.ts";
import { type Behaviour, healthy } from "./behaviour.ts";

/** What comes upon the healthy customers. The goals are those of `DisturbedResult`. */
export interface Disturbance {
  readonly name: string;
  /** With the numbers. */
  readonly method: string;
  readonly healthyApplications: number;
  readonly applications: number;
  readonly endpointsEach: number;
  readonly behaviour: Behaviour;
  /** Their URLs have names, which a name server resolves after this. */
  readonly resolvesAfterMs?: number;
  readonly pace: Pace;
  /** Processes beside it that only compute. */
  readonly burners?: number;
  /** Messages of one request. */
  readonly batch: number;
  /** How long it has gone on when the window begins. */
  readonly headStartMs: number;
  /** Fewer turns than the others have: it takes long. */
  readonly turnsMax: number;
}

const hang: Behaviour = { kind: "hang" };

/** @param perSecond messages of the disturbing customers, as many as the healthy ones send */
export function disturbancesOf(perSecond: number, long: boolean): readonly Disturbance[] {
  const common = {
    healthyApplications: 49,
    applications: 1,
    endpointsEach: 1,
    pace: { kind: "open", perSecond },
    batch: 1,
    headStartMs: long ? 60_000 : 3000,
    turnsMax: Infinity,
  } as const;
  return [
    {
      ...common,
      name: "control",
      method:
        "49 healthy applications; a 50th, as healthy, sends half of all messages: what twice the load costs, and what the machine's noise does to these ratios",
      behaviour: healthy,
    },
    {
      ...common,
      name: "busy-machine",
      method:
        "49 healthy applications; two processes compute without end and have nothing to do with Posthorn: what any load that fills both cores does to these ratios; a 50th application, as healthy, sends one message a second",
      behaviour: healthy,
      pace: { kind: "open", perSecond: 1 },
      burners: 2,
    },
    {
      ...common,
      name: "noisy-neighbour",
      method:
        "49 healthy applications; a 50th sends half of all messages to one endpoint that never answers",
      behaviour: hang,
    },
    {
      ...common,
      name: "noisy-application",
      method:
        "49 healthy applications; a 50th sends half of all messages to 200 endpoints that never answer",
      endpointsEach: 200,
      behaviour: hang,
      headStartMs: long ? 60_000 : 8000, // until its open requests could take every slot
    },
    {
      ...common,
      name: "hanging-tenth",
      method:
        "45 healthy applications; 5 more, a tenth of all, send half of all messages to endpoints that never answer",
      healthyApplications: 45,
      applications: 5,
      behaviour: hang,
    },
    {
      ...common,
      name: "flood",
      method:
        "49 healthy applications; a 50th sends healthy messages by batches of 1,000, two at once, as fast as they are taken",
      behaviour: healthy,
      pace: { kind: "closed", inFlight: 2 },
      batch: 1000,
      headStartMs: long ? 45_000 : 4000,
    },
    {
      ...common,
      name: "flood-of-hundreds",
      method:
        "49 healthy applications; a 50th sends healthy messages by batches of 100, two at once, as fast as they are taken",
      behaviour: healthy,
      pace: { kind: "closed", inFlight: 2 },
      batch: 100,
      headStartMs: long ? 45_000 : 4000,
    },
    {
      ...common,
      name: "flood-of-endpoints",
      method:
        "49 healthy applications; a 50th sends healthy messages to 50 endpoints by batches of 100, two at once, as fast as they are taken",
      endpointsEach: 50,
      behaviour: healthy,
      pace: { kind: "closed", inFlight: 2 },
      batch: 100,
      headStartMs: long ? 45_000 : 4000,
    },
    {
      ...common,
      name: "flood-of-singles",
      method:
        "49 healthy applications; a 50th sends healthy messages to 50 endpoints one by one, 64 at once, as fast as they are taken",
      endpointsEach: 50,
      behaviour: healthy,
      pace: { kind: "closed", inFlight: 64 },
      headStartMs: long ? 45_000 : 4000,
    },
    {
      ...common,
      name: "slow-dns",
      method:
        "49 healthy applications; a 50th sends half of all messages to 50 endpoints whose names resolve after 1.5 s, for every connection, which serves one request",
      endpointsEach: 50,
      behaviour: { ...healthy, closes: true },
      resolvesAfterMs: 1500, // after 2 s c-ares asks again, and takes no answer to what it asked before,
    },
    {
      ...common,
      name: "drip",
      method:
        "49 healthy applications; a 50th sends half of all messages to 50 endpoints that answer one byte every 300 ms",
      endpointsEach: 50,
      behaviour: { kind: "drip", everyMs: 300 },
    },
    {
      ...common,
      name: "failing-half",
      method:
        "25 healthy applications; 25 more, half of all, send half of all messages to endpoints that answer 503 at once, for a minute",
      healthyApplications: 25,
      applications: 25,
      behaviour: { kind: "answer", status: 503, afterMs: 5, closes: false },
      headStartMs: long ? 300_000 : 50_000,
      turnsMax: long ? 3 : 1,
    },
  ];
}
