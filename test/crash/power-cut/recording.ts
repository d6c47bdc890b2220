/**
 * A recording: everything that a server did to its data folder and its sockets under load, over several lives of it, and
 * what it promised meanwhile. It is kept in a folder, so that a red image can be looked at again.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Receiver } from "../../e2e/receiver.ts";
import { SeededRandom } from "../../e2e/seeded-random.ts";
import { issueToken, type ServerSettings, startServer } from "../../e2e/server-process.ts";
import { Tally } from "../../e2e/tally.ts";
import { within } from "../../e2e/within.ts";
import { freeze } from "../system-calls/freeze.ts";
import { recordingLauncher } from "../system-calls/strace.ts";
import { parseTrace } from "../system-calls/traced-call.ts";
import { type DiskEvent, DiskEvents } from "./disk-event.ts";
import type { Pledges } from "./pledges.ts";
import { RecordedLoad } from "./recorded-load.ts";

export interface Recording {
  /** Of the server, as it was when the last life ended. */
  readonly dataFolder: string;
  /** In the order of their begin. */
  readonly events: readonly DiskEvent[];
  readonly pledges: Pledges;
}

/** What is kept beside the traces. */
interface Summary {
  readonly dataFolder: string;
  readonly traces: readonly string[];
  readonly pledges: Pledges;
}

/**
 * What becomes of messages that are settled: `kept` in their JobDbs, or `dropped`: JobDbs are small, and go, archived, as soon as
 * they are drained.
 */
export type RecordedHistory = "kept" | "dropped";

/** How the lives of the recorded server end: after a kill, files are found as they were left; after SIGTERM they are closed. */
const ends = ["SIGKILL", "SIGTERM", "SIGKILL"] as const;
const lifeMsMax = 120_000;
const settledMsMax = 60_000;
/** In a life of a server that drops: after the first ones there is something in the archive, and more on the way. */
const dropsPerLife = 1;
const messagesAfterDrops = 200;
/** A quarter of them is the ballast, which each image has. */
const lowWaterMebibytes = 1;
/** Messages, deliveries and attempts in a JobDb that is to be dropped soon. */
const smallJobDbRows = 200;
const summaryFile = "recording.json";

export interface RecordingOptions {
  /** Made; the server's data folder is in it. */
  readonly folder: string;
  readonly seed: number;
  /** To be acknowledged in each life. */
  readonly messagesPerLife: number;
  readonly history: RecordedHistory;
}

/** Runs the server under load and records it. */
export async function record(options: RecordingOptions): Promise<void> {
  const { folder, seed, messagesPerLife, history } = options;
  mkdirSync(folder, { recursive: true });
  const random = new SeededRandom(seed);
  const refuses = (): boolean => random.unit() < 0.2;
  const receiver = new Receiver("power", { kind: "flaky", refuses }, () => undefined);
  await receiver.start();
  try {
    const drops = new Tally();
    const settings: ServerSettings = {
      ...settingsIn(folder, history),
      onLine: (line) => {
        if (line.includes('"dropped history')) drops.add();
      },
    };
    const token = await issueToken(settings);
    const load = new RecordedLoad({ random, token, receiverUrl: receiver.url });
    const traces: string[] = [];
    for (const [index, end] of ends.entries()) {
      const trace = `life-${index + 1}.trace`;
      const { command, written } = recordingLauncher(join(folder, trace));
      const dropsWanted = drops.count + dropsPerLife;
      const server = await startServer({ ...settings, launcher: command });
      const running = load.run(server.address);
      try {
        const enough = load.acknowledgements.reached(messagesPerLife * (index + 1));
        await within(Promise.race([enough, running]), lifeMsMax, "acknowledgements");
        if (history === "dropped") await awaitDrops(load, drops.reached(dropsWanted));
      } catch (error) {
        await server.end("SIGKILL");
        throw error;
      }
      // A call that is killed half-way would leave what nobody has written down.
      if (end === "SIGKILL") await freeze(server.pid);
      await server.end(end);
      await within(Promise.all([running, written]), settledMsMax, "the end of a recorded life");
      traces.push(trace);
    }
    const { dataFolder } = settings;
    const summary: Summary = { dataFolder, traces, pledges: load.pledges };
    writeFileSync(join(folder, summaryFile), JSON.stringify(summary));
  } finally {
    await receiver.stop();
  }
}

/** The load rests meanwhile, as it is quicker than the deliveries; there is some again when the server goes on dropping. */
async function awaitDrops(load: RecordedLoad, dropped: Promise<void>): Promise<void> {
  load.pause();
  await within(dropped, lifeMsMax, "drops");
  load.goOn();
  const { acknowledgements } = load;
  const more = acknowledgements.reached(acknowledgements.count + messagesAfterDrops);
  await within(more, lifeMsMax, "acknowledgements after the drops");
}

function settingsIn(folder: string, history: RecordedHistory): ServerSettings {
  const shortLimits = pathToFileURL(join(import.meta.dirname, "short-limits.ts"));
  const dropping = {
    POSTHORN_JOBDB_ROWS: String(smallJobDbRows),
    POSTHORN_RETENTION_DAYS: "0",
    POSTHORN_RETRY_SCHEDULE: "0.1",
  };
  return {
    dataFolder: join(folder, "data"),
    listen: "127.0.0.1:0",
    jwtSecret: "the power cuts' secret, 32 bytes or more",
    retrySchedule: [0.2, 0.5, 1],
    attemptTimeoutSeconds: 10,
    nodeOptions: `--import=${shortLimits.href}`,
    others: {
      POSTHORN_DISK_LOW_WATER: String(lowWaterMebibytes),
      ...(history === "dropped" ? dropping : {}),
    },
  };
}

/** Reads a recording that was made before. */
export function readRecording(folder: string): Recording {
  const text = readFileSync(join(folder, summaryFile), "utf8");
  const { dataFolder, traces, pledges } = JSON.parse(text) as Summary; // written above
  const events: DiskEvent[] = [];
  let place = 0;
  for (const trace of traces) {
    const traceText = readFileSync(join(folder, trace), "latin1");
    const { calls, nextPlace } = parseTrace(traceText, place);
    const meaning = new DiskEvents(dataFolder); // its descriptors are of one process
    for (const call of calls) events.push(...meaning.of(call));
    place = nextPlace;
  }
  return { dataFolder, events, pledges };
}
