import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointKeyOf, messageIdOf } from "../../src/core/ids.ts";
import { limits } from "../../src/core/limits.ts";
import { restViolations } from "./rest-violations.ts";
import type { Arrival } from "./simulated-network.ts";

const startMs = 1_700_000_000_000;
const endpoint = endpointKeyOf(1);
const messageId = messageIdOf({ atMs: startMs, jobDb: 1, row: 1, nonce: 1 });
const spacingMs = limits.pauseAfterMs / limits.pauseAttemptsMin;

function attempt(atMs: number, statusCode: number): Arrival {
  const answeredAtMs = atMs + 10;
  return { endpoint, messageId, payload: "", atMs, statusCode, answeredAtMs, run: 1 };
}

/** What the checker says of a program that learnt of the first two outcomes, in one millisecond, in this order. */
function violationsAfter(first: Arrival, second: Arrival): string[] {
  // The last but one fails `limits.pauseAfterMs` after these two, and so pauses the endpoint if the failure was the later.
  const failures = Array.from({ length: limits.pauseAttemptsMin + 1 }, (_, index) =>
    attempt(startMs + (index + 1) * spacingMs, 500),
  );
  return restViolations(
    { attempts: [success, failure, ...failures], answered: [first, second, ...failures] },
    { isManual: () => false, endpoints: { all: new Map() } },
  );
}

const success = attempt(startMs, 200);
const failure = attempt(startMs, 500);
const afterPauseMs = startMs + (limits.pauseAttemptsMin + 1) * spacingMs;

test("a failure that is learnt of after a success in the same millisecond begins the time to a pause", () => {
  assert.deepEqual(violationsAfter(success, failure), [
    `called while it rested: run 1, endpoint 1 at ${afterPauseMs}`,
  ]);
});

test("a success that is learnt of after a failure in the same millisecond ends what that began", () => {
  assert.deepEqual(violationsAfter(failure, success), []);
});
