import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../core/delivery.ts";
import { limits } from "../core/limits.ts";
import { EndpointGate } from "./endpoint-gate.ts";

const nowMs = 1_700_000_000_000;

function answered(statusCode: number): Outcome {
  const body = new Uint8Array();
  return { kind: "answered", statusCode, body, retryAfterMs: undefined, durationMs: 5 };
}

test("an endpoint that fills its slots and answers well gets more of them, and half after it falls over", () => {
  const gate = new EndpointGate();
  assert.equal(gate.slots, limits.concurrencyInitial);
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const passage = gate.pass(undefined, nowMs);
    gate.passed({ passage, outcome: answered(200), inFlight: gate.slots });
  }
  assert.equal(gate.slots, limits.concurrencyPerEndpoint);
  const together = [gate.pass(undefined, nowMs), gate.pass(undefined, nowMs)];
  for (const passage of together) gate.passed({ passage, outcome: answered(503), inFlight: 2 });
  assert.equal(gate.slots, limits.concurrencyPerEndpoint / 2, "once for what started together");
});

test("a rate spaces attempts, and is forgotten when the endpoint has none any more", () => {
  const gate = new EndpointGate();
  gate.pass(undefined, nowMs);
  assert.ok(gate.opensAtMs <= nowMs);
  gate.pass(2, nowMs);
  assert.equal(gate.opensAtMs, nowMs - limits.rateCatchUpMs + (1_000 + limits.rateCatchUpMs) / 2);
  gate.unlimit();
  assert.ok(gate.opensAtMs <= nowMs);
});
