import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Svix } from "svix";
import { DeliveryChecker, type LifeEnd } from "../test/e2e/delivery-checker.ts";
import { DurableRecord } from "../test/e2e/durable-record.ts";
import { makeScratchFolder, type ScratchFolder } from "../test/e2e/scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "../test/e2e/server-process.ts";
import { subscribe } from "../test/e2e/subscriber.ts";
import { Tally } from "../test/e2e/tally.ts";
import { within } from "../test/e2e/within.ts";
import { isDeliverable, makeCast, type Player } from "./cast.ts";
import { EndpointTable } from "./endpoint-table.ts";
import { gitHubMessages } from "./github-messages.ts";
import { Progress } from "./progress.ts";
import { Sender } from "./sender.ts";

export interface DemoOptions {
  /** Leave the server and the receivers running until the demo is interrupted. */
  readonly keep: boolean;
  readonly messages: number;
}

/** The parts that outlive the server's kill. */
interface Scene {
  readonly options: DemoOptions;
  readonly startedAtMs: number;
  readonly folder: ScratchFolder;
  readonly settings: ServerSettings;
  readonly players: readonly Player[];
  readonly checker: DeliveryChecker;
  readonly table: EndpointTable;
  readonly record: DurableRecord;
  readonly acknowledgements: Tally;
  readonly arrivals: Tally;
}

const concurrency = 16;
const retryDelayMs = 300;
/** Seconds: quick at first, so that the flaky ones drain, and then longer than the demo takes. */
const retrySchedule = [retryDelayMs / 1000, 0.6, 1.2, 3, 10, 30, 60, 120, 240];
/** The clocks of two processes, and whole milliseconds in one of them. */
const clockToleranceMs = 5;
const quietMsMax = 20_000;
const drainMsMax = 60_000;

/** Plays the demo and resolves with its exit code. */
export async function showDemo(options: DemoOptions): Promise<number> {
  const scene = await setScene(options);
  const { checker, players, settings, folder } = scene;
  const token = await issueToken(settings);
  const first = await startServer(settings);
  const svix = new Svix(token, { serverUrl: first.address, retryScheduleInMs: [] });
  await subscribe(svix, players);
  console.log(openingOf(scene, first));
  const progress = new Progress(() => lineOf(scene));
  const { server, killed } = await sendAcrossKill(scene, svix, first, progress);
  const isDrained = await within(checker.drained(), drainMsMax, "the last delivery").then(
    () => true,
    () => false, // what is still owed is counted as lost
  );
  progress.stop();
  console.log(`\n${scene.table.text(players, checker)}`);
  console.log("p50, p99: from acceptance to the arrival that was answered 2xx\n");
  const problems = isDrained ? [] : [`not drained in ${drainMsMax / 1000} s`];
  if (!options.keep) problems.push(...(await stopInOrder(scene, server)));
  const exitCode = conclude(scene, killed, problems);
  if (options.keep) {
    console.log(hintsOf(server, token));
    await server.exited;
  }
  await Promise.all(players.map(({ receiver }) => receiver.stop()));
  folder.remove();
  return exitCode;
}

async function setScene(options: DemoOptions): Promise<Scene> {
  const folder = makeScratchFolder("demo");
  const arrivals = new Tally();
  const table = new EndpointTable();
  const players = makeCast((arrival) => {
    table.add(arrival, checker.arrive(arrival));
    arrivals.add();
  });
  const deliverable = players.filter(isDeliverable).map(({ receiver }) => receiver.name);
  const checker = new DeliveryChecker(new Set(deliverable), retryDelayMs - clockToleranceMs);
  for (const { receiver, character } of players) {
    await receiver.start();
    if (character === "refusing") await receiver.stop();
  }
  const dataFolder = join(folder.path, "data");
  const namesByUrl = new Map(players.map(({ receiver }) => [receiver.url, receiver.name]));
  return {
    options,
    startedAtMs: performance.now(),
    folder,
    settings: {
      dataFolder,
      listen: "127.0.0.1:0",
      jwtSecret: randomBytes(32).toString("base64url"),
      retrySchedule,
      attemptTimeoutSeconds: 5,
    },
    players,
    checker,
    table,
    record: new DurableRecord(dataFolder, folder.path, namesByUrl),
    acknowledgements: new Tally(),
    arrivals,
  };
}

/** Sends everything; when half is acknowledged, kills the server, looks at what it left, and starts it again. */
async function sendAcrossKill(
  scene: Scene,
  svix: Svix,
  first: ServerProcess,
  progress: Progress,
): Promise<{ readonly server: ServerProcess; readonly killed: LifeEnd }> {
  const { acknowledgements, checker, options, players, settings } = scene;
  const messages = gitHubMessages(options.messages, players);
  const sender = new Sender({ svix, messages, checker, acknowledgements, concurrency });
  const sent = sender.run();
  await Promise.race([acknowledgements.reached(Math.ceil(options.messages / 2)), sent]);
  sender.pause();
  await first.end("SIGKILL");
  await sender.parked();
  const killed = await endLife(scene, "killed");
  progress.say(
    `kill -9 after ${acknowledgements.count} messages: of ${killed.accepted} deliveries made, ` +
      `${killed.repeatable} were not yet recorded and may arrive again`,
  );
  const restartedAtMs = performance.now();
  const server = await startServer({ ...settings, listen: new URL(first.address).host });
  progress.say(`accepting again ${Math.round(performance.now() - restartedAtMs)} ms later`);
  sender.resume();
  await sent;
  return { server, killed };
}

/** Compares what arrived with what the server left on disk, once all that it had sent is told. */
async function endLife(scene: Scene, how: "killed" | "stopped"): Promise<LifeEnd> {
  const quiet = scene.players.map(({ receiver }) => receiver.quiet());
  await within(Promise.all(quiet), quietMsMax, "the receivers' connections to close");
  scene.record.read();
  return scene.checker.endLife(how, scene.record);
}

async function stopInOrder(scene: Scene, server: ServerProcess): Promise<readonly string[]> {
  const { code, signal } = await server.end("SIGTERM");
  const { repeatable } = await endLife(scene, "stopped");
  return [
    ...(code === 0 ? [] : [`SIGTERM ended in ${code ?? signal}:\n${server.lastWords()}`]),
    ...(repeatable === 0 ? [] : [`${repeatable} outcomes were not stored when it stopped`]),
  ];
}

function openingOf(scene: Scene, server: ServerProcess): string {
  const applications = new Set(scene.players.map(({ application }) => application));
  return [
    `Posthorn at ${server.address}: ${scene.players.length} endpoints in ${applications.size} applications.`,
    `Sending ${scene.options.messages} real GitHub payloads with the official svix client, and kill -9 half-way.`,
  ].join("\n");
}

function lineOf({ acknowledgements, arrivals, checker, options, startedAtMs }: Scene): string {
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
  return [
    `${seconds.padStart(3)} s`,
    `accepted ${acknowledgements.count}/${options.messages}`,
    `arrived and verified ${arrivals.count}`,
    `to be delivered ${checker.outstanding}`,
  ].join("  ");
}

/** Says what came of it, and returns the exit code. */
function conclude(scene: Scene, killed: LifeEnd, problems: readonly string[]): number {
  const { acknowledged, examples, faults, lost, owed, repeated } = scene.checker.report();
  const broken = [
    ...problems,
    ...(lost > 0 ? [`${lost} of ${owed} acknowledged deliveries were lost`] : []),
    ...Object.entries(faults)
      .filter(([, count]) => count > 0)
      .map(([fault, count]) => `${count} ${fault}`),
  ];
  console.log(
    [
      `${acknowledged} messages acknowledged, ${owed} deliveries owed to endpoints that answer: ${lost} lost,`,
      `${faults.altered} altered, ${faults.unsigned} unsigned, ${faults.misplaced} misplaced,`,
      `${faults.unexpected} unexpected, ${faults.unstored} not on disk, ${faults.early} early;`,
      `${repeated} duplicates of the ${killed.repeatable} that the kill allows, ${faults.excess} others.`,
    ].join("\n"),
  );
  const seconds = ((performance.now() - scene.startedAtMs) / 1000).toFixed(0);
  console.log(`${broken.length === 0 ? "Every promise kept" : "BROKEN PROMISES"}, ${seconds} s.`);
  for (const line of [...broken, ...examples]) console.log(`  ${line}`);
  return broken.length === 0 ? 0 : 1;
}

function hintsOf(server: ServerProcess, token: string): string {
  return `
The server and its receivers go on until you press Ctrl-C.
  URL    ${server.address}
  token  ${token}
  try    curl -H "Authorization: Bearer $TOKEN" ${server.address}/api/v1/app/cedar/msg/?limit=1`;
}
