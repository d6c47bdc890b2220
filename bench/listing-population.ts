/**
 * A data folder with a history that is large in every way that listings can be slow in: one application and one endpoint with
 * a third of all, one with next to nothing in between, one that was given up long ago, filters that find much, little and
 * nothing. The control store is written by the API, the JobDbs by their own code; every delivery is settled, so that the
 * server that lists has nothing else to do.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { deliveryNumberOf, firstRound } from "../src/core/delivery.ts";
import {
  type Address,
  type ApplicationKey,
  applicationKeyOf,
  type EndpointKey,
  endpointKeyOf,
  messageIdOf,
} from "../src/core/ids.ts";
import type { AttemptRow, MessageRow } from "../src/core/message.ts";
import type { JobDb } from "../src/director/ports.ts";
import { lockDataFolder } from "../src/jobdb/sqlite/data-folder-lock.ts";
import { SqliteJobDbStore } from "../src/jobdb/sqlite/sqlite-job-db-store.ts";
import { SeededRandom } from "../test/e2e/seeded-random.ts";
import { issueToken, type ServerSettings, startServer } from "../test/e2e/server-process.ts";
import { payloadsOf } from "./payload.ts";

export interface PopulationOptions {
  readonly jobDbs: number;
  readonly attemptsPerJobDb: number;
}

/** What was made, and the names that listings ask for. */
export interface Population {
  readonly jobDbs: number;
  readonly messages: number;
  readonly deliveries: number;
  readonly attempts: number;
  readonly applications: number;
  readonly endpoints: number;
  readonly eventTypes: number;
  /** Of the JobDb files. */
  readonly bytes: number;
  readonly tookSeconds: number;
  /** Went to every endpoint of the large application but the former one. */
  readonly wideMessage: string;
  /** Went to one. */
  readonly commonMessage: string;
  /** Half of all messages were made before this, RFC 3339; and an hour later. */
  readonly middle: string;
  readonly hourLater: string;
}

/** Applications that have messages: the first, which is the large one, has half of them. */
export const busyApplications = 24;
/** Deep pages of one item need more than a thousand of each. */
const applications = 1_104;
export const largeEndpoints = 1_100;
const endpointsOfOthers = 10;
const eventTypes = 1_102;
const usedEventTypes = 20;
/** How many messages or attempts are of the rare kind: one in … */
const rareOneIn = 20_000;
const sparseOneIn = 5_000;
const commitRows = 2_000;
const spanMs = 30 * 24 * 3_600_000;
const payloadBytes = 512;

/** The uids of the large application's endpoints, by what they are for. */
export const hotEndpoint = "endpoint-0";
export const sparseEndpoint = "endpoint-1";
/** Got messages only in the oldest JobDb. */
export const formerEndpoint = "endpoint-2";
const firstPlainEndpoint = 3;

export function populationSettings(folder: string): ServerSettings {
  return {
    dataFolder: join(folder, "data"),
    listen: "127.0.0.1:0",
    jwtSecret: "the benchmark's secret, 32 bytes or more",
    retrySchedule: [5, 300],
    attemptTimeoutSeconds: 15,
  };
}

/** What is in the folder already, or else is made now. */
export async function populate(folder: string, options: PopulationOptions): Promise<Population> {
  const path = join(folder, "population.json");
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as Population; // written below
  mkdirSync(folder, { recursive: true });
  const startedAtMs = performance.now();
  const settings = populationSettings(folder);
  await makeControl(settings);
  const made = await makeHistory(settings.dataFolder, options);
  const population = { ...made, tookSeconds: (performance.now() - startedAtMs) / 1000 };
  writeFileSync(path, JSON.stringify(population, null, 2));
  return population;
}

async function makeControl(settings: ServerSettings): Promise<void> {
  const token = await issueToken(settings);
  const server = await startServer(settings);
  const post = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(`${server.address}/api/v1${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    await answer.body?.cancel();
  };
  for (let index = 0; index < eventTypes - 2; index += 1) {
    await post("/event-type", { name: `bench.event-${index}`, description: "One of many" });
  }
  for (const name of ["bench.rare", "bench.never"]) {
    await post("/event-type", { name, description: "Of few messages or none" });
  }
  for (let index = 0; index < applications; index += 1) {
    await post("/app", { name: `Application ${index}`, uid: `application-${index}` });
    const endpoints =
      index === 0 ? largeEndpoints : index < busyApplications ? endpointsOfOthers : 0;
    for (let endpoint = 0; endpoint < endpoints; endpoint += 1) {
      const uid = `endpoint-${endpoint}`;
      await post(`/app/application-${index}/endpoint`, {
        uid,
        url: `https://receiver.example.com/${uid}`,
      });
    }
  }
  const { code } = await server.end("SIGTERM");
  if (code !== 0) throw new Error(`the server ended badly:\n${server.lastWords()}`);
}

/** The keys of busy applications and their endpoints, as the server gave them. */
interface Keys {
  readonly applications: readonly ApplicationKey[];
  /** By application, in the order of their uids' numbers. */
  readonly endpoints: readonly (readonly EndpointKey[])[];
}

function readKeys(dataFolder: string): Keys {
  const database = new DatabaseSync(join(dataFolder, "ldb.db"), { readOnly: true });
  const select = (sql: string, ...values: number[]): readonly number[] =>
    database
      .prepare(sql)
      .all(...values)
      .map((row) => Number(row["key"]));
  const keys = select("SELECT key FROM application ORDER BY key LIMIT ?", busyApplications);
  const endpoints = keys.map((key) =>
    select("SELECT key FROM endpoint WHERE application = ? ORDER BY key", key).map(endpointKeyOf),
  );
  database.close();
  return { applications: keys.map(applicationKeyOf), endpoints };
}

async function makeHistory(
  dataFolder: string,
  { jobDbs, attemptsPerJobDb }: PopulationOptions,
): Promise<Omit<Population, "tookSeconds">> {
  const folder = join(dataFolder, "jobdb");
  const keys = readKeys(dataFolder);
  const totalMs = spanMs / (jobDbs * attemptsPerJobDb);
  const history = new HistoryWriter(keys, Date.now() - spanMs, totalMs);
  const lock = lockDataFolder(dataFolder);
  const store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: lock.epoch });
  for (let number = 1; number <= jobDbs; number += 1) {
    await history.fill(await store.create(), {
      attempts: attemptsPerJobDb,
      isFirst: number === 1,
      isLast: number === jobDbs,
    });
  }
  await store.close();
  lock.release();
  const middleMs = Date.now() - spanMs / 2;
  const files = readdirSync(folder);
  return {
    jobDbs,
    ...history.counts,
    applications,
    endpoints: keys.endpoints.flat().length,
    eventTypes,
    bytes: files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
    wideMessage: messageIdOf(history.wideMessage),
    commonMessage: messageIdOf(history.commonMessage),
    middle: new Date(middleMs).toISOString(),
    hourLater: new Date(middleMs + 3_600_000).toISOString(),
  };
}

interface Filling {
  readonly attempts: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** Writes one JobDb after the other, as time goes on. */
class HistoryWriter {
  readonly counts = { messages: 0, deliveries: 0, attempts: 0 };
  wideMessage: Address = { atMs: 0, jobDb: 1, row: 0, nonce: 0 };
  commonMessage: Address = { atMs: 0, jobDb: 1, row: 0, nonce: 0 };
  readonly #keys: Keys;
  readonly #random = new SeededRandom(1);
  readonly #stepMs: number;
  readonly #payload = new TextEncoder().encode(payloadsOf(payloadBytes)());
  readonly #response = new TextEncoder().encode('{"received":true}');
  #atMs: number;

  /** @param stepMs from one message to the next */
  constructor(keys: Keys, startMs: number, stepMs: number) {
    this.#keys = keys;
    this.#atMs = startMs;
    this.#stepMs = stepMs;
  }

  async fill(jobDb: JobDb, filling: Filling): Promise<void> {
    let row = 0;
    let attemptRow = 0;
    let isWideMade = !filling.isLast;
    while (attemptRow < filling.attempts) {
      const messages: MessageRow[] = [];
      const attempts: AttemptRow[] = [];
      while (messages.length < commitRows) {
        row += 1;
        const isWide = !isWideMade && attemptRow > filling.attempts / 2;
        isWideMade ||= isWide;
        const message = this.#message(row, isWide, filling);
        messages.push(message);
        this.#remember(message, jobDb.number, isWide);
        for (const [ordinal, { endpoint }] of message.recipients.entries()) {
          const delivery = deliveryNumberOf(row, ordinal);
          for (const attempt of this.#attempts(message, delivery, endpoint)) {
            attempts.push({ ...attempt, row: (attemptRow += 1) });
          }
        }
      }
      await jobDb.commit({ messages, attempts, resends: [], answers: [] });
      this.counts.messages += messages.length;
      this.counts.attempts += attempts.length;
      this.counts.deliveries += messages.reduce(
        (sum, { recipients }) => sum + recipients.length,
        0,
      );
    }
    await jobDb.seal();
    await jobDb.markDrained();
  }

  #remember({ row, nonce, atMs }: MessageRow, jobDb: number, isWide: boolean): void {
    const address = { atMs, jobDb, row, nonce };
    if (isWide) this.wideMessage = address;
    else if (this.#isLarge) this.commonMessage = address;
  }

  /** Whether the latest message is the large application's. */
  #isLarge = false;

  #message(row: number, isWide: boolean, { isFirst }: Filling): MessageRow {
    const random = this.#random;
    this.#atMs += this.#stepMs;
    const index = isWide || random.unit() < 0.5 ? 0 : random.integer(1, busyApplications - 1);
    this.#isLarge = index === 0;
    const endpoints = this.#keys.endpoints[index] ?? [];
    const chosen = isWide
      ? endpoints.toSpliced(2, 1)
      : [endpoints[this.#endpointIndex(index, isFirst)] ?? endpointKeyOf(1)];
    return {
      row,
      nonce: random.integer(0, 2 ** 32 - 1),
      atMs: Math.floor(this.#atMs),
      application: this.#keys.applications[index] ?? applicationKeyOf(1),
      eventType: this.#isRare()
        ? "bench.rare"
        : `bench.event-${random.integer(0, usedEventTypes - 1)}`,
      eventId: undefined,
      channels: this.#labels(),
      tags: this.#labels(),
      payload: this.#payload,
      retentionDays: 90,
      recipients: chosen.map((endpoint) => ({ endpoint, skipped: false })),
    };
  }

  #endpointIndex(application: number, isFirst: boolean): number {
    const random = this.#random;
    if (application !== 0) return random.integer(0, endpointsOfOthers - 1);
    if (random.unit() < 1 / sparseOneIn) return 1;
    if (isFirst && random.unit() < 0.01) return 2;
    return random.unit() < 0.6 ? 0 : random.integer(firstPlainEndpoint, largeEndpoints - 1);
  }

  #labels(): readonly string[] | undefined {
    if (this.#isRare()) return ["other", "rare"];
    return this.#random.unit() < 0.2 ? ["common"] : undefined;
  }

  #isRare(): boolean {
    return this.#random.unit() < 1 / rareOneIn;
  }

  /** 95 % are delivered at once, 4 % at the second attempt, 1 % never. Rows are given by whoever stores them. */
  #attempts(message: MessageRow, delivery: number, endpoint: EndpointKey): readonly AttemptRow[] {
    const chance = this.#random.unit();
    const attempt = (number: number, rest: Partial<AttemptRow>): AttemptRow => ({
      row: 0,
      nonce: this.#random.integer(0, 2 ** 32 - 1),
      atMs: message.atMs + 5,
      delivery,
      endpoint,
      round: firstRound,
      number,
      trigger: "scheduled",
      url: "https://receiver.example.com/hook",
      statusCode: 200,
      durationMs: 12,
      response: this.#response,
      settlement: "delivered",
      retryAtMs: undefined,
      ...rest,
    });
    if (chance < 0.95) return [attempt(1, {})];
    const statusCode = this.#isRare() ? 404 : 500;
    if (chance < 0.96) return [attempt(1, { statusCode, settlement: "exhausted" })];
    const failed = { statusCode, settlement: undefined, retryAtMs: message.atMs + 10 };
    return [attempt(1, failed), attempt(2, {})];
  }
}
