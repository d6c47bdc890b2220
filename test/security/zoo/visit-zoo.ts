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
  /** From the POST to when the attempt of the last endpoint was seen. */
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
    const numbers = Array.from({ length: visitors }, (_, visitor) => visitor).toReversed();
    const create = async (): Promise<void> => {
      for (let next = numbers.pop(); next !== undefined; next = numbers.pop()) {
        const url = zooUrlOf(ports, behaviour, next);
        const endpoint = { url, uid: endpointUid(next), ...settingsFor(behaviour) };
        await ask(api, "POST", `/api/v1/app/${uid}/endpoint`, endpoint);
      }
    };
    await Promise.all(Array.from({ length: createdTogether }, create));
  }
}

function endpointUid(visitor: number): string {
  return `visitor-${visitor}`;
}

function settingsFor({ place }: Behaviour): object {
  const authorities = place.kind === "server" ? place.authorities : undefined;
  return authorities === undefined ? {} : { tls: { authorities } };
}

/** A message that went to all endpoints of a behaviour's application at once. */
export interface Meeting {
  readonly behaviour: Behaviour;
  readonly visitors: number;
  readonly message: string;
  /** From the POST to when the attempt of the last endpoint was seen. */
  readonly tookMs: number;
}

/**
 * Sends it, and resolves when the attempt of the endpoint that was created last has ended: others may still be under way.
 *
 * @param lookMs how often it looks, which is work for the server
 */
export async function meet(
  api: Api,
  behaviour: Behaviour,
  visitors: number,
  lookMs = 50,
): Promise<Meeting> {
  const startedAtMs = performance.now();
  const path = `/api/v1/app/${behaviour.name}`;
  const body = { eventType: "zoo.visit", payload: { text: "x".repeat(512) } };
  const { id: message } = await ask<{ readonly id: string }>(api, "POST", `${path}/msg`, body);
  const last = `${path}/attempt/endpoint/${endpointUid(visitors - 1)}?limit=1&with_content=false`;
  const ended = async (): Promise<void> => {
    do await wait(lookMs);
    while ((await ask<Page>(api, "GET", last)).data.length === 0);
  };
  await within(ended(), visitMsMax, `the last attempt at ${behaviour.name}`);
  return { behaviour, visitors, message, tookMs: Math.round(performance.now() - startedAtMs) };
}

/** Resolves when all attempts have ended, with what they came to. */
export async function visitOf(api: Api, meeting: Meeting, lookMs = 50): Promise<Visit> {
  const { behaviour, visitors, message, tookMs } = meeting;
  // What an endpoint answered does not matter, and may be much; without an answer it says why.
  const path = `/api/v1/app/${behaviour.name}/attempt/msg/${message}?limit=250`;
  const all = async (): Promise<readonly AttemptOut[]> => {
    for (;;) {
      const { data } = await ask<Page>(api, "GET", path);
      if (data.length >= visitors) return data;
      await wait(lookMs);
    }
  };
  const attempts = await within(all(), visitMsMax, `the attempts at ${behaviour.name}`);
  assert.equal(attempts.length, visitors);
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
