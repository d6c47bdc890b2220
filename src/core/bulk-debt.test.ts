import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bulkDebtAt, noBulkDebt } from "./bulk-debt.ts";
import { limits } from "./limits.ts";

const full = limits.intakeBulkMessages;
const share = 0.2;

test("each millisecond with bulk in hand owes a rest in proportion to the share, and more than bulk owes no more", () => {
  for (const messages of [full, 10 * full]) {
    assert.equal(bulkDebtAt(noBulkDebt, { messages, share }, 40).ms, 160);
  }
  const owed = bulkDebtAt(noBulkDebt, { messages: full, share }, 40);
  assert.equal(bulkDebtAt(owed, { messages: 0, share }, 190).ms, 10);
  assert.equal(bulkDebtAt(owed, { messages: 0, share }, 300).ms, 0);
});

test("who has no more than the share of bulk in hand owes nothing, however long, and nobody does whose share is all", () => {
  assert.equal(bulkDebtAt(noBulkDebt, { messages: share * full, share }, 1e6).ms, 0);
  assert.equal(bulkDebtAt(noBulkDebt, { messages: 10 * full, share: 1 }, 1e6).ms, 0);
});

test("what is owed is never negative nor more than the longest rest, and how often it is looked at changes nothing", () => {
  const step = fc.record({ ms: fc.integer({ min: 0, max: 50 }), messages: fc.nat(2 * full) });
  const shares = fc.double({ min: limits.bulkShareMin, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(step), shares, (steps, eachShare) => {
      let [debt, nowMs] = [noBulkDebt, 0];
      for (const { ms, messages } of steps) {
        const held = { messages, share: eachShare };
        const atOnce = bulkDebtAt(debt, held, nowMs + ms);
        for (let passed = 0; passed < ms; passed += 1) debt = bulkDebtAt(debt, held, (nowMs += 1));
        assert.ok(Math.abs(debt.ms - atOnce.ms) < 1e-6);
        assert.ok(debt.ms >= 0 && debt.ms <= limits.intakeBulkDebtMsMax);
      }
    }),
  );
});
