/** The corpus through the real program: creating and changing endpoints, and every way that leads to a request. */
import { randomBytes } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { eventually } from "../e2e/eventually.ts";
import { makeScratchFolder } from "../e2e/scratch-folder.ts";
import { issueToken, startServer } from "../e2e/server-process.ts";
import { ApiClient } from "./api-client.ts";
import type { Canary } from "./canary.ts";
import { badAnswers, badUrls, goodUrls } from "./corpus.ts";
import { dialable, isBadTextAlone } from "./dialled.ts";
import { begunConnections, ownAddresses } from "./namespace.ts";
import { type RecordedAttempt, recordedAttempts } from "./recorded-attempts.ts";
import { storeEndpoints, type StoredEndpoint, type StoredEndpoints } from "./stored-endpoints.ts";

export interface ServedResult {
  /** URLs that were given by POST, PATCH and PUT, and as operational endpoints. */
  readonly given: number;
  /** Attempts that were made for endpoints with bad URLs. */
  readonly attempts: number;
  /** Good URLs at which the canary was called. */
  readonly reached: number;
  /** A sentence for each thing that is not as it should be. */
  readonly problems: readonly string[];
}

const everyNth = 8;
const application = "/api/v1/app/stored";
const since = new Date(Date.now() - 3_600_000).toISOString();
const ownUrls = ownAddresses.map((each) => `http://${each.includes(":") ? `[${each}]` : each}/`);

export async function serveCorpus(canary: Canary): Promise<ServedResult> {
  const folder = makeScratchFolder("guard");
  const urls = [...badUrls, ...ownUrls, ...badAnswers.map(({ url }) => url)];
  const stored = await storeEndpoints(folder.path, urls.filter(isBadWhenStored), everyNth);
  const settings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: randomBytes(32).toString("hex"),
    retrySchedule: [],
    attemptTimeoutSeconds: 5,
    others: { POSTHORN_ALLOW_SUBNETS: "", POSTHORN_LOG_LEVEL: "info" },
  };
  const token = await issueToken(settings);
  const before = begunConnections();
  const server = await startServer(settings);
  const api = new ApiClient(server.address, token);
  const problems: string[] = [];
  try {
    await giveUrls(api, problems);
    const attempts = await sendToStored({ api, stored, data: folder.path, problems });
    const calls = canary.takeCalls();
    const begun = begunConnections() - before - api.connections;
    if (calls.length > 0) problems.push(`the canary was called: ${[...new Set(calls)].join(", ")}`);
    if (begun !== 0) problems.push(`${begun} connections were begun that nobody asked for`);
    const reached = await reachGood(api, canary, problems);
    return { given: urls.length, attempts, reached, problems };
  } finally {
    api.close();
    await server.end("SIGTERM");
    folder.remove();
  }
}

/** User information is no part of a stored URL: where only that was bad, what is left is good. */
function isBadWhenStored(url: string): boolean {
  const { username = "", password = "" } = dialable(url) ?? {};
  return username + password === "" || !isBadTextAlone(url) || !badUrls.includes(url);
}

/** Every way to give an endpoint a URL; what names resolve to is not asked yet. */
async function giveUrls(api: ApiClient, problems: string[]): Promise<void> {
  await expect(api, "POST", "/api/v1/app", 201, { name: "given", uid: "given" });
  const own = "/api/v1/app/given/endpoint";
  const operational = "/api/v1/operational-webhook/endpoint";
  const quiet = { url: "https://example.com/", disabled: true };
  await expect(api, "POST", own, 201, { ...quiet, uid: "hook" });
  await expect(api, "POST", operational, 201, { ...quiet, uid: "told" });
  const ways = [
    ["POST", own, 201],
    ["PATCH", `${own}/hook`, 200],
    ["PUT", `${own}/hook`, 200],
    ["POST", operational, 201],
    ["PUT", `${operational}/told`, 200],
  ] as const;
  const given = [
    ...[...badUrls, ...ownUrls].map((url) => ({ url, good: false })),
    ...badAnswers.map(({ url }) => ({ url, good: true })),
  ];
  for (const { url, good } of given) {
    for (const [method, path, status] of ways) {
      const answer = await api.ask(method, path, { url, disabled: true });
      if (answer.status === (good ? status : 422)) continue;
      problems.push(`${method} ${path} of ${JSON.stringify(url)} was answered ${answer.status}`);
    }
  }
}

interface Sending {
  readonly api: ApiClient;
  readonly stored: StoredEndpoints;
  readonly data: string;
  readonly problems: string[];
}

/** A message, resends by hand, an example, a recovery, replays and an operational event. Returns how many attempts that made. */
async function sendToStored({ api, stored, data, problems }: Sending): Promise<number> {
  const { eager, late, operational } = stored;
  const some = eager.filter((_, at) => at % everyNth === 0);
  await expect(api, "POST", "/api/v1/event-type", 201, { name: "early", description: "" });
  const payload = { a: 1 };
  const message = await expect(api, "POST", `${application}/msg`, 202, {
    eventType: "early",
    payload,
  });
  const id = (message as { readonly id: string }).id; // as the API document says
  await untilTried(data, eager, 1);
  for (const { id: endpoint } of eager) {
    await expect(api, "POST", `${application}/msg/${id}/endpoint/${endpoint}/resend`, 202);
  }
  await untilTried(data, eager, 2);
  for (const { id: endpoint } of some) {
    const path = `${application}/endpoint/${endpoint}`;
    await expect(api, "POST", `${path}/send-example`, 200, { eventType: "early" });
    await expect(api, "POST", `${path}/recover`, 202, { since });
    await expect(api, "POST", `${path}/bulk-replay`, 202, { since });
  }
  await untilTried(data, some, 5);
  for (const { id: endpoint } of late) {
    const path = `${application}/endpoint/${endpoint}`;
    await expect(api, "PATCH", path, 200, { eventTypes: null });
    await expect(api, "POST", `${path}/replay-missing`, 202, { since });
  }
  await untilTried(data, late, 1);
  const deleted = late.slice(0, 5);
  for (const { id: endpoint } of deleted) {
    await expect(api, "DELETE", `${application}/endpoint/${endpoint}`, 204);
  }
  const attempts = await untilTried(data, operational, deleted.length);
  const told = new Set(attempts.map(({ statusCode, response }) => `${statusCode} ${response}`));
  if (told.size !== 1) problems.push(`attempts tell more than one thing: ${[...told].join(" | ")}`);
  return attempts.length;
}

function untilTried(
  data: string,
  endpoints: readonly StoredEndpoint[],
  times: number,
): Promise<readonly RecordedAttempt[]> {
  return eventually(
    () => nextTurn(recordedAttempts(data)),
    (attempts) => {
      const counts = new Map<number, number>();
      for (const { endpoint } of attempts) counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
      return endpoints.every(({ key }) => (counts.get(key) ?? 0) >= times);
    },
  );
}

/** Returns at how many of the good URLs the canary was called. */
async function reachGood(api: ApiClient, canary: Canary, problems: string[]): Promise<number> {
  await expect(api, "POST", "/api/v1/app", 201, { name: "good", uid: "good" });
  for (const { url } of goodUrls) {
    const answer = await api.ask("POST", "/api/v1/app/good/endpoint", { url });
    if (answer.status !== 201) problems.push(`${url} was refused: ${JSON.stringify(answer.body)}`);
  }
  const message = { eventType: "early", payload: {} };
  await expect(api, "POST", "/api/v1/app/good/msg", 202, message);
  const calls = new Set<string>();
  const missing = (): readonly string[] =>
    goodUrls
      .filter(({ url, answers }) => !placesOf(url, answers).some((place) => calls.has(place)))
      .map(({ url }) => url);
  await eventually(
    () => nextTurn(canary.takeCalls().forEach((call) => calls.add(call))),
    () => missing().length === 0,
  ).catch(() => problems.push(`the canary was not called at ${missing().join(", ")}`));
  return goodUrls.length - missing().length;
}

/** As the canary writes them. */
function placesOf(text: string, answers: readonly string[]): readonly string[] {
  const url = new URL(text);
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  return (answers.length === 0 ? [literal] : answers).map((address) => `${address} ${port}`);
}

async function expect(
  api: ApiClient,
  ...[method, path, status, body]: readonly [string, string, number, unknown?]
): Promise<unknown> {
  const answer = await api.ask(method, path, body);
  if (answer.status === status) return answer.body;
  throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}
