import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../core/delivery.ts";
import { limits } from "../core/limits.ts";
import { EndpointGate } from "./endpoint-gate.ts";

const nowMs = 1_700_000_000_000;
const endpoint = { url: "https://endpoint.example/", throttleRate: undefined, disabled: false };

function answered(statusCode: number): Outcome {
  const body = new Uint8Array();
  return { kind: "answered", statusCode, body, retryAfterMs: undefined, durationMs: 5 };
}

/** An attempt that begins and ends at this time. */
function attempt(gate: EndpointGate, statusCode: number, atMs: number): string {
  const passage = gate.pass(endpoint, atMs);
  const ended = { passage, outcome: answered(statusCode), inFlight: 1 };
  return gate.passed(ended, { nowMs: atMs, random: 0 }).kind;
}

/** Paused at `pausedAtMs`, to be probed after `limits.probeDelayMs`. */
function pausedGate(): EndpointGate {
  const gate = new EndpointGate();
  for (let failure = 1; failure < limits.pauseAttemptsMin; failure += 1) attempt(gate, 500, nowMs);
  assert.equal(attempt(gate, 500, pausedAtMs), "pause");
  return gate;
}

const pausedAtMs = nowMs + limits.pauseAfterMs;
const probeAtMs = pausedAtMs + limits.probeDelayMs;

test("an endpoint that fills its slots and answers well gets more of them, and half after it falls over", () => {
  const gate = new EndpointGate();
  const now = { nowMs, random: 0 };
  assert.equal(gate.slots, limits.concurrencyInitial);
  for (let count = 0; count < 1_000; count += 1) {
    const passage = gate.pass(endpoint, nowMs);
    gate.passed({ passage, outcome: answered(200), inFlight: gate.slots }, now);
  }
  assert.equal(gate.slots, limits.concurrencyPerEndpoint);
  const together = [gate.pass(endpoint, nowMs), gate.pass(endpoint, nowMs)];
  for (const passage of together) {
    gate.passed({ passage, outcome: answered(503), inFlight: 2 }, now);
  }
  assert.equal(gate.slots, limits.concurrencyPerEndpoint / 2, "once for what started together");
});

test("a rate spaces attempts, and is forgotten when the endpoint has none any more", () => {
  const gate = new EndpointGate();
  gate.pass(endpoint, nowMs);
  assert.ok(gate.opensAtMs(false, nowMs) <= nowMs);
  gate.pass({ ...endpoint, throttleRate: 2 }, nowMs);
  const spacingMs = (1_000 + limits.rateCatchUpMs + limits.rateWayMs) / 2;
  assert.equal(gate.opensAtMs(false, nowMs), nowMs - limits.rateCatchUpMs + spacingMs);
  assert.equal(gate.opensAtMs(true, nowMs), nowMs - limits.rateCatchUpMs + spacingMs);
  gate.changed(endpoint);
  assert.ok(gate.opensAtMs(false, nowMs) <= nowMs);
});

test("a paused endpoint is probed once at a time, and starts from one slot when it is back", () => {
  const gate = pausedGate();
  assert.equal(gate.opensAtMs(false, pausedAtMs), probeAtMs);
  const probe = gate.pass(endpoint, probeAtMs);
  assert.equal(gate.opensAtMs(false, probeAtMs), Infinity);
  const ended = { passage: probe, outcome: answered(200), inFlight: 1 };
  assert.equal(gate.passed(ended, { nowMs: probeAtMs, random: 0 }).kind, "resume");
  assert.ok(gate.opensAtMs(false, probeAtMs) <= probeAtMs);
  assert.equal(gate.slots, 1);
});

test("what is sent by hand goes out while the endpoint is paused, and is its probe", () => {
  const gate = pausedGate();
  assert.ok(gate.opensAtMs(true, pausedAtMs) <= pausedAtMs);
  assert.equal(attempt(gate, 500, pausedAtMs), "pause");
  assert.equal(gate.opensAtMs(false, pausedAtMs), pausedAtMs + 2 * limits.probeDelayMs);
  assert.equal(attempt(gate, 200, pausedAtMs), "resume");
});

test("a probe that was not made leaves the endpoint to be probed", () => {
  const gate = pausedGate();
  gate.passedInVain(gate.pass(endpoint, probeAtMs));
  assert.ok(gate.opensAtMs(false, probeAtMs) <= probeAtMs);
  assert.equal(gate.pause.kind, "paused");
});

test("a paused endpoint that is changed is probed at once, and starts anew at another URL or when it is enabled", () => {
  const probed = pausedGate();
  probed.changed(endpoint);
  assert.ok(probed.opensAtMs(false, pausedAtMs) <= pausedAtMs);
  assert.equal(probed.pause.kind, "paused");
  const moved = pausedGate();
  moved.changed({ ...endpoint, url: "https://elsewhere.example/" });
  assert.deepEqual([moved.pause.kind, moved.slots], ["working", 1]);
  const enabled = pausedGate();
  enabled.changed({ ...endpoint, disabled: true });
  assert.equal(enabled.pause.kind, "paused");
  enabled.changed(endpoint);
  assert.equal(enabled.pause.kind, "working");
});

test("an attempt by hand that was not made leaves the pause as it was", () => {
  const gate = pausedGate();
  gate.passedInVain(gate.pass(endpoint, pausedAtMs + 1));
  assert.equal(gate.opensAtMs(false, pausedAtMs + 1), probeAtMs);
});

test("a paused endpoint is tried at once when it is asked for, and goes on resting if that fails", () => {
  const gate = pausedGate();
  assert.equal(gate.rests(pausedAtMs), true);
  assert.equal(gate.probe(pausedAtMs), true);
  assert.equal(gate.rests(pausedAtMs), false);
  const passage = gate.pass(endpoint, pausedAtMs);
  assert.equal(gate.pause.kind, "probing");
  assert.equal(gate.probe(pausedAtMs), false, "it is tried already");
  gate.passed({ passage, outcome: answered(500), inFlight: 1 }, { nowMs: pausedAtMs, random: 0 });
  assert.equal(gate.rests(pausedAtMs), true);
});

test("a held endpoint may be called when it is asked for; one that works is not touched", () => {
  const gate = new EndpointGate();
  assert.equal(gate.probe(nowMs), false);
  attempt(gate, 429, nowMs);
  assert.equal(gate.rests(nowMs), true);
  assert.equal(gate.probe(nowMs), true);
  assert.equal(gate.rests(nowMs), false);
});

test("an endpoint that is paused by hand stays so, whatever comes of what was under way", () => {
  const gate = new EndpointGate();
  const passages = Array.from({ length: 9 }, () => gate.pass(endpoint, nowMs));
  gate.heed({ untilMs: undefined }, nowMs);
  const late = { nowMs: nowMs + limits.disableAfterMs, random: 0 };
  for (const [index, passage] of passages.entries()) {
    const outcome = answered(index % 2 === 0 ? 200 : 500);
    assert.equal(gate.passed({ passage, outcome, inFlight: 9 }, late).kind, "continue");
  }
  assert.deepEqual(gate.pause, { kind: "working", holdUntilMs: 0 });
  for (const manual of [false, true]) assert.equal(gate.opensAtMs(manual, late.nowMs), Infinity);
  gate.changed({ ...endpoint, url: "https://other.example/" });
  assert.equal(gate.probe(late.nowMs), false);
  assert.equal(gate.opensAtMs(false, late.nowMs), Infinity);
  gate.heed(undefined, late.nowMs);
  assert.ok(gate.opensAtMs(false, late.nowMs) <= late.nowMs);
  assert.equal(gate.slots, 1, "it ramps up");
});

test("a pause by hand with an end is over then, and the one that failures brought before counts no more", () => {
  const gate = pausedGate();
  const untilMs = probeAtMs + limits.disableAfterMs;
  gate.heed({ untilMs }, pausedAtMs);
  assert.equal(gate.opensAtMs(true, probeAtMs), untilMs);
  assert.equal(gate.isPausedByHand(untilMs - 1), true);
  assert.equal(gate.isPausedByHand(untilMs), false);
  assert.equal(gate.opensAtMs(false, untilMs), untilMs);
  assert.equal(gate.slots, 1);
  assert.equal(attempt(gate, 500, untilMs), "continue", "not disabled for what was before");
});
