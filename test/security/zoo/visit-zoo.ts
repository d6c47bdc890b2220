import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { answerOf } from "../../../src/director/attempt-row.ts";
import { within } from "../../e2e/within.ts";
import type { Behaviour } from "./behaviour.ts";
import { type ZooPorts, zooUrlOf } from "./zoo.ts";

/** The server's API, as the organisation. */
export interface Api {
  readonly address: string;
  readonly token: string;
}

/** What came of meeting one behaviour with as many endpoints at once as there are visitors. */
export interface Visit {
  readonly behaviour: string;
  readonly attempts: number;
  /** Attempts that came to something else than they have to, by what it was. */
  readonly unexpected: Readonly<Record<string, number>>;
  /** Of the attempts as they are recorded. */
  readonly longestMs: number;
  /** From the POST to when the last recorded attempt was seen. */
  readonly tookMs: number;
}

interface AttemptOut {
  readonly response: string;
  readonly responseStatusCode: number;
  readonly responseDurationMs: number;
}

const visitMsMax = 60_000;
/** Endpoints that are created at once. */
const createdTogether = 8;

/** Gives each behaviour an application of its name, with so many endpoints. */
export async function prepareVisits(
  api: Api,
  ports: ZooPorts,
  behaviours: readonly Behaviour[],
  visitors: number,
): Promise<void> {
  for (const behaviour of behaviours) {
    const uid = behaviour.name;
    await ask(api, "POST", "/api/v1/app", { name: uid, uid });
    const numbers = Array.from({ length: visitors }, (_, visitor) => visitor);
    const create = async (): Promise<void> => {
      for (let next = numbers.pop(); next !== undefined; next = numbers.pop()) {
        const endpoint = { url: zooUrlOf(ports, behaviour, next), ...settingsFor(behaviour) };
        await ask(api, "POST", `/api/v1/app/${uid}/endpoint`, endpoint);
      }
    };
    await Promise.all(Array.from({ length: createdTogether }, create));
  }
}

function settingsFor({ place }: Behaviour): object {
  const authorities = place.kind === "server" ? place.authorities : undefined;
  return authorities === undefined ? {} : { tls: { authorities } };
}

/**
 * One message, which goes to all endpoints of the behaviour's application at once.
 *
 * @param lookMs how often it looks whether all have been recorded, which is work for the server
 */
export async function visit(
  api: Api,
  behaviour: Behaviour,
  visitors: number,
  lookMs = 50,
): Promise<Visit> {
  const startedAtMs = performance.now();
  const path = `/api/v1/app/${behaviour.name}`;
  const body = { eventType: "zoo.visit", payload: { text: "x".repeat(512) } };
  const { id } = await ask<{ readonly id: string }>(api, "POST", `${path}/msg`, body);
  const list = async (content: boolean): Promise<readonly AttemptOut[]> => {
    const query = `limit=250&with_content=${content}`;
    const page = await ask<Page>(api, "GET", `${path}/attempt/msg/${id}?${query}`);
    return page.data;
  };
  const all = async (): Promise<readonly AttemptOut[]> => {
    for (;;) {
      await wait(lookMs);
      const page = await list(false);
      if (page.length >= visitors) return page;
    }
  };
  const ended = await within(all(), visitMsMax, `the attempts at ${behaviour.name}`);
  const tookMs = Math.round(performance.now() - startedAtMs);
  assert.equal(ended.length, visitors);
  // What an endpoint answered does not matter, and may be much; without an answer it says why.
  const attempts = ended.some(({ responseStatusCode }) => responseStatusCode === 0)
    ? await list(true)
    : ended;
  const unexpected: Record<string, number> = {};
  for (const { responseStatusCode: statusCode, response } of attempts) {
    if (isExpected(behaviour, statusCode, response)) continue;
    const what = statusCode === 0 ? response : String(statusCode);
    unexpected[what] = (unexpected[what] ?? 0) + 1;
  }
  const longestMs = Math.max(...attempts.map(({ responseDurationMs }) => responseDurationMs));
  return { behaviour: behaviour.name, attempts: attempts.length, unexpected, longestMs, tookMs };
}

interface Page {
  readonly data: readonly AttemptOut[];
}

function isExpected({ comesTo }: Behaviour, statusCode: number, response: string): boolean {
  return [comesTo].flat().some((outcome) => {
    if (typeof outcome === "number") return statusCode === outcome;
    const text = answerOf({ kind: "unanswered", reason: outcome, durationMs: 0 }).response;
    return statusCode === 0 && response === Buffer.from(text).toString("latin1");
  });
}

async function ask<Answer>(
  { address, token }: Api,
  method: "GET" | "POST",
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await fetch(address + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Answer; // as the caller knows the API
}
