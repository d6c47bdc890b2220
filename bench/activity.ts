/**
 * What watching `activity/stream` costs: throughput and the server's CPU time with nobody who watches, with readers, and with
 * readers that take nothing, turn by turn in one run.
 */
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeScratchFolder } from "../test/e2e/scratch-folder.ts";
import { issueToken, startServer } from "../test/e2e/server-process.ts";
import type { LoadTask } from "./load-process.ts";
import { type PhaseResult, runPhase } from "./phase.ts";
import { startReceiver } from "./receiver-client.ts";
import { median } from "./spread.ts";
import { subscribeAll } from "./subscribe-all.ts";
import { readMemory } from "./thread-cpu.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    readers: { type: "string", default: "10" },
  },
});
const cases = [
  { name: "nobody", readers: 0, reads: true },
  { name: "one reader", readers: 1, reads: true },
  { name: "readers", readers: Number(values.readers), reads: true },
  { name: "readers that take nothing", readers: Number(values.readers), reads: false },
] as const;
const settleMsMax = 60_000;

const folder = makeScratchFolder("bench-activity");
const settings = {
  dataFolder: join(folder.path, "data"),
  listen: "127.0.0.1:0",
  jwtSecret: "the benchmark's secret, 32 bytes or more",
  retrySchedule: [5, 300],
  attemptTimeoutSeconds: 15,
};
const receiver = await startReceiver(200);
const token = await issueToken(settings);
const server = await startServer(settings);
const task: LoadTask = {
  ...(await subscribeAll(server.address, token, receiver.urls)),
  payloadBytes: 512,
  warmUpMs: 1_000,
  windowMs: Number(values.seconds) * 1_000,
  pace: { kind: "closed", inFlight: 128 },
};

/** A stream, and how many bytes of it have come. */
interface Reader {
  readonly answer: IncomingMessage;
  bytes: number;
}

async function openReader(reads: boolean): Promise<Reader> {
  const request = get(`${server.address}/api/v1/activity/stream`, {
    agent: false,
    headers: { authorization: `Bearer ${token}` },
  });
  const [answer] = (await once(request, "response")) as [IncomingMessage]; // the event's
  const reader = { answer, bytes: 0 };
  if (reads) answer.on("data", (chunk: Buffer) => (reader.bytes += chunk.length));
  answer.on("error", () => {}); // it is closed in the midst of its stream
  return reader;
}

interface Turn {
  readonly deliveredPerSecond: number;
  readonly serverCpuMicros: number;
  readonly readMiBPerReader: number;
  readonly rssMiB: number;
}

let expected = 0;

async function turn({ readers, reads }: (typeof cases)[number]): Promise<Turn> {
  const open = await Promise.all(Array.from({ length: readers }, () => openReader(reads)));
  const result = await runPhase(task, receiver, server.pid);
  expected += result.load.answeredEver;
  await receiver.arrivedEver(expected, settleMsMax);
  const bytes = open.reduce((sum, reader) => sum + reader.bytes, 0);
  const { rssMiB } = readMemory(server.pid);
  for (const { answer } of open) answer.destroy();
  return { ...ratesOf(result), readMiBPerReader: bytes / Math.max(1, readers) / 2 ** 20, rssMiB };
}

function ratesOf({ received, serverCpu }: PhaseResult) {
  const cpuMicros = [...serverCpu.values()].reduce((sum, micros) => sum + micros, 0);
  return {
    deliveredPerSecond: (received.arrivals * 1_000) / received.elapsedMs,
    serverCpuMicros: cpuMicros / received.arrivals,
  };
}

const turns = new Map(cases.map(({ name }) => [name, [] as Turn[]]));
try {
  await turn(cases[0]); // not counted: the server's code is still being compiled
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const each of cases) turns.get(each.name)?.push(await turn(each));
  }
  const rows = Array.from(turns, ([name, all]) => {
    const medianOf = (field: keyof Turn): number =>
      Math.round(median(all.map((each) => each[field])) * 10) / 10;
    const ratios = all.map(
      ({ deliveredPerSecond }, round) =>
        deliveredPerSecond / (turns.get("nobody")?.[round]?.deliveredPerSecond ?? Number.NaN),
    );
    return {
      name,
      deliveredPerSecond: medianOf("deliveredPerSecond"),
      ratioToNobody: Math.round(median(ratios) * 1_000) / 1_000,
      serverCpuMicros: medianOf("serverCpuMicros"),
      readMiBPerReader: medianOf("readMiBPerReader"),
      rssMiB: medianOf("rssMiB"),
    };
  });
  console.log(JSON.stringify({ ...values, rows }, undefined, 2));
} finally {
  await server.end("SIGTERM");
  await receiver.stop();
  folder.remove();
}
