import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Outcome } from "./delivery.ts";
import {
  admissionOf,
  initialPause,
  pauseAfter,
  probeStarted,
  restoredPause,
  type EndpointPause,
  type PauseDecision,
} from "./endpoint-pause.ts";
import { limits } from "./limits.ts";

const startMs = 1_700_000_000_000;
const dayMs = 24 * 60 * 60 * 1000;
const timeout: Outcome = { kind: "unanswered", reason: "timeout", durationMs: 15_000 };

function answered(statusCode: number, retryAfterMs?: number): Outcome {
  return { kind: "answered", statusCode, body: new Uint8Array(), retryAfterMs, durationMs: 5 };
}

/** An endpoint, and what was decided on last. */
class Watched {
  state: EndpointPause = initialPause;
  decision: PauseDecision = { kind: "continue" };

  /** An attempt ends, seconds after the start. */
  ends(atSeconds: number, outcome: Outcome, probe = false): this {
    const now = { nowMs: startMs + atSeconds * 1_000, random: 0 };
    ({ state: this.state, decision: this.decision } = pauseAfter(
      this.state,
      { outcome, probe },
      now,
    ));
    return this;
  }

  admits(atSeconds: number): string {
    return admissionOf(this.state, startMs + atSeconds * 1_000).kind;
  }
}

function paused(): Watched {
  const watched = new Watched();
  for (const atSeconds of [0, 10, 20, 25, 30]) watched.ends(atSeconds, timeout);
  assert.equal(watched.state.kind, "paused");
  return watched;
}

test("an endpoint that has only failed for 30 s and in five attempts is paused, and probed 10 s later", () => {
  const watched = paused();
  assert.deepEqual(watched.decision, { kind: "pause", probeAtMs: startMs + 40_000 });
  assert.equal(watched.admits(39.999), "closed");
  assert.equal(watched.admits(40), "probe");
});

test("neither many failures at once nor few over a long time pause it", () => {
  const burst = new Watched();
  for (let count = 0; count < 1_000; count += 1) burst.ends(29.9, timeout);
  assert.equal(burst.state.kind, "failing");
  const few = new Watched();
  for (const atSeconds of [0, 100, 1_000, 10_000]) few.ends(atSeconds, timeout);
  assert.equal(few.state.kind, "failing");
  assert.equal(few.admits(10_000), "open");
});

test("one success in between begins the count again", () => {
  const watched = new Watched();
  for (const atSeconds of [0, 10, 20, 25, 29]) watched.ends(atSeconds, timeout);
  watched.ends(29.5, answered(200));
  for (const atSeconds of [30, 40, 50, 55]) watched.ends(atSeconds, answered(500));
  assert.equal(watched.state.kind, "failing");
});

test("there is one probe at a time, and only its own failure ends it", () => {
  const watched = paused();
  watched.state = probeStarted(watched.state);
  assert.deepEqual(admissionOf(watched.state, startMs + 1e9), {
    kind: "closed",
    untilMs: Infinity,
  });
  watched.ends(41, timeout);
  assert.equal(watched.state.kind, "probing", "a late failure from before the pause");
  watched.ends(42, timeout, true);
  assert.deepEqual(watched.decision, { kind: "pause", probeAtMs: startMs + 62_000 });
});

test("probes come at waits that double, with jitter, up to ten minutes and a quarter", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
      let { state } = paused();
      let nowMs = startMs + 40_000;
      for (let probes = 1; probes <= 12; probes += 1) {
        state = probeStarted(state);
        const { decision, state: after } = pauseAfter(
          state,
          { outcome: timeout, probe: true },
          { nowMs, random },
        );
        const base = Math.min(limits.probeDelayMs * 2 ** probes, limits.probeDelayMsMax);
        assert.equal(decision.kind, "pause");
        const probeAtMs = decision.kind === "pause" ? decision.probeAtMs : 0;
        assert.ok(probeAtMs >= nowMs + base);
        assert.ok(probeAtMs <= nowMs + base * 1.25 + 1);
        nowMs = probeAtMs;
        state = after;
      }
    }),
    { seed: 1 },
  );
});

test("any success resumes, whether of the probe or of an attempt from before", () => {
  const probed = paused();
  probed.state = probeStarted(probed.state);
  for (const watched of [probed.ends(41, answered(204), true), paused().ends(31, answered(200))]) {
    assert.deepEqual(watched.decision, { kind: "resume" });
    assert.deepEqual(watched.state, initialPause);
  }
});

test("429, 502 and 504 hold the endpoint, for as long as Retry-After says and an hour at the most", () => {
  const untilMs = (outcome: Outcome): number | undefined => {
    const { decision } = new Watched().ends(0, outcome);
    return decision.kind === "hold" ? decision.untilMs - startMs : undefined;
  };
  for (const code of [429, 502, 504]) {
    assert.equal(untilMs(answered(code)), limits.holdMsDefault);
    assert.equal(untilMs(answered(code, 60_000)), 60_000);
    assert.equal(untilMs(answered(code, dayMs)), limits.holdMsMax);
    assert.equal(untilMs(answered(code, 0)), undefined);
  }
  assert.equal(untilMs(answered(503, 7_000)), 7_000);
  for (const outcome of [answered(500), answered(404), timeout, answered(200, 60_000)]) {
    assert.equal(untilMs(outcome), undefined);
  }
});

test("a hold outlasts the answers that come meanwhile, and a success", () => {
  const watched = new Watched().ends(0, answered(429, 60_000)).ends(1, answered(429));
  assert.deepEqual(watched.decision, { kind: "hold", untilMs: startMs + 60_000 });
  watched.ends(2, answered(200));
  assert.equal(watched.admits(59), "closed");
  assert.equal(watched.admits(60), "open");
});

test("a probe waits at least as long as the answer before it asked for", () => {
  const watched = paused();
  watched.state = probeStarted(watched.state);
  watched.ends(41, answered(503, 1_800_000), true);
  assert.deepEqual(watched.decision, { kind: "pause", probeAtMs: startMs + 1_841_000 });
});

test("after five days of nothing but failures, from the first on, it is to be disabled", () => {
  const watched = paused();
  for (const [atSeconds, expected] of [
    [432_000 - 1, "pause"],
    [432_000, "disable"],
  ] as const) {
    watched.state = probeStarted(watched.state);
    watched.ends(atSeconds, timeout, true);
    assert.equal(watched.decision.kind, expected);
  }
  const seldom = new Watched();
  for (const day of [0, 2, 4, 7])
    assert.equal(seldom.ends(day * 86_400, timeout).decision.kind, "continue");
  assert.equal(seldom.ends(8 * 86_400, timeout).decision.kind, "disable");
});

const outcomes = fc.constantFrom(
  timeout,
  answered(500),
  answered(404),
  answered(429, 90_000),
  answered(502),
  answered(200),
);
const steps = fc.array(
  fc.record({ outcome: outcomes, afterMs: fc.nat(40_000), random: fc.constantFrom(0, 0.5, 0.99) }),
  { maxLength: 80 },
);

test("an endpoint that works again is found out within 13 minutes, whatever went before", () => {
  fc.assert(
    fc.property(steps, (all) => {
      let state: EndpointPause = initialPause;
      let nowMs = startMs;
      for (const { outcome, afterMs, random } of all) {
        nowMs += afterMs;
        const admission = admissionOf(state, nowMs);
        if (admission.kind === "closed") {
          assert.ok(admission.untilMs > nowMs && admission.untilMs - nowMs <= 750_001);
          continue;
        }
        const probe = admission.kind === "probe";
        if (probe) state = probeStarted(state);
        ({ state } = pauseAfter(state, { outcome, probe }, { nowMs, random }));
        assert.notEqual(state.kind, "probing");
      }
    }),
    { seed: 2, numRuns: 300 },
  );
});

test("the state survives JSON and a restart; a lost probe is made again, and a clock that went back delays little", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: -10 * dayMs, max: dayMs }), (all, jumpMs) => {
      let state: EndpointPause = initialPause;
      let nowMs = startMs;
      for (const { outcome, afterMs, random } of all) {
        nowMs += afterMs;
        const probe = admissionOf(state, nowMs).kind === "probe";
        if (probe) state = probeStarted(state);
        if (!probe || random > 0) {
          ({ state } = pauseAfter(state, { outcome, probe }, { nowMs, random }));
        }
        assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
        const restored = restoredPause(state, nowMs);
        if (state.kind !== "probing") assert.deepEqual(restored, state);
        else assert.equal(admissionOf(restored, nowMs).kind, "probe");
        const jumped = restoredPause(state, nowMs + jumpMs);
        assert.ok(jumped.kind === "working" || jumped.failingSinceMs <= nowMs + jumpMs);
        const admission = admissionOf(jumped, nowMs + jumpMs);
        if (admission.kind !== "closed") continue;
        assert.ok(admission.untilMs <= nowMs + jumpMs + limits.holdMsMax);
      }
    }),
    { seed: 3, numRuns: 100 },
  );
});
