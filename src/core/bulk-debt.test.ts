import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bulkDebtAt, noBulkDebt } from "./bulk-debt.ts";
import { limits } from "./limits.ts";

const full = limits.intakeBulkMessages;
const share = 0.2;
/** So many that it bounds nothing. */
const messagesSince = Infinity;

test("each millisecond with bulk in hand owes a rest in proportion to the share and to how much it is", () => {
  const owed = bulkDebtAt(noBulkDebt, { messages: full, share, messagesSince }, 40);
  assert.equal(owed.ms, 160);
  const double = bulkDebtAt(noBulkDebt, { messages: 2 * full, share, messagesSince }, 40);
  assert.equal(double.ms, 360);
  assert.equal(bulkDebtAt(owed, { messages: 0, share, messagesSince }, 190).ms, 10);
  assert.equal(bulkDebtAt(owed, { messages: 0, share, messagesSince }, 300).ms, 0);
});

test("who has no more than the share of bulk in hand owes nothing, however long", () => {
  const inHand = { messages: share * full, share, messagesSince };
  assert.equal(bulkDebtAt(noBulkDebt, inHand, 1e6).ms, 0);
});

test("nobody owes more than the time in which somebody light hands in as many, nor than the longest rest", () => {
  const slow = { messages: full, share, messagesSince: full };
  assert.equal(
    bulkDebtAt(noBulkDebt, slow, 1e6).ms,
    (full / limits.lightMessagesPerSecond) * 1_000,
  );
  const flood = { messages: full, share, messagesSince };
  assert.equal(bulkDebtAt(noBulkDebt, flood, 1e6).ms, limits.intakeBulkDebtMsMax);
});

test("what is owed is never negative nor more than the longest rest, and how often it is looked at changes nothing", () => {
  const step = fc.record({ ms: fc.integer({ min: 0, max: 50 }), messages: fc.nat(2 * full) });
  const shares = fc.double({ min: limits.bulkShareMin, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(step), shares, fc.nat(2_000), (steps, eachShare, since) => {
      let [debt, nowMs] = [noBulkDebt, 0];
      for (const { ms, messages } of steps) {
        const held = { messages, share: eachShare, messagesSince: since };
        const atOnce = bulkDebtAt(debt, held, nowMs + ms);
        for (let passed = 0; passed < ms; passed += 1) debt = bulkDebtAt(debt, held, (nowMs += 1));
        assert.ok(Math.abs(debt.ms - atOnce.ms) < 1e-6);
        assert.ok(debt.ms >= 0 && debt.ms <= limits.intakeBulkDebtMsMax);
      }
    }),
  );
});
