import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { limits } from "./limits.ts";
import { Link, LinkedRing } from "./linked-ring.ts";
import { RoundCalendar, Turn } from "./round-calendar.ts";

test("a ring gives first what came first, whatever leaves it or is put behind it", () => {
  const step = fc.record({
    kind: fc.constantFrom("push", "push", "push", "shift", "unlink", "takeAll"),
    ring: fc.nat(1),
    item: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const links = Array.from({ length: 10 }, (_, item) => new Link(item));
      const rings = [new LinkedRing<number>(), new LinkedRing<number>()] as const;
      const models: [number[], number[]] = [[], []];
      for (const { kind, ring, item } of steps) {
        const [one, other] = ring === 0 ? rings : [rings[1], rings[0]];
        const [model, otherModel] = ring === 0 ? models : [models[1], models[0]];
        const link = links[item];
        assert.ok(link !== undefined);
        if (kind === "shift") assert.equal(one.shift(), model.shift());
        if (kind === "takeAll") {
          one.takeAll(other);
          model.push(...otherModel.splice(0));
        }
        if (kind === "push" || kind === "unlink") {
          link.unlink();
          for (const each of models) if (each.includes(item)) each.splice(each.indexOf(item), 1);
        }
        if (kind === "push") {
          one.push(link);
          model.push(item);
        }
        assert.equal(one.empty, model.length === 0);
      }
      for (const [at, model] of models.entries()) {
        for (const item of [...model, undefined]) assert.equal(rings[at]?.shift(), item);
      }
    }),
    { seed: 1 },
  );
});

const chargeMs = fc.oneof(
  fc.integer({ min: 1, max: 30 }),
  fc.integer({ min: 1, max: 20_000 }),
  fc.integer({ min: -20_000, max: 700_000 }),
);

test("turns come in the order of their debts, those far off a seventh later at the most", () => {
  const step = fc.record({
    kind: fc.constantFrom("wait", "wait", "next", "next", "leave"),
    turn: fc.nat(19),
    costMs: chargeMs,
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const calendar = new RoundCalendar<number>();
      const turns = Array.from({ length: 20 }, (_, owner) => new Turn(owner));
      const owedWhenPlaced = new Map<number, number>();
      for (const { kind, turn: at, costMs } of steps) {
        const turn = turns[at];
        assert.ok(turn !== undefined);
        if (kind === "wait") {
          calendar.wait(turn);
          calendar.charge(turn, costMs);
          owedWhenPlaced.set(at, calendar.debtMs(turn));
        } else if (kind === "leave") calendar.leave(turn);
        else {
          const waiting = turns.filter((each) => each.waiting);
          const owner = calendar.next();
          assert.equal(owner === undefined, waiting.length === 0);
          assert.equal(calendar.busy, waiting.length > 1);
          if (owner === undefined) continue;
          const chosen = turns[owner];
          assert.ok(chosen !== undefined && waiting.includes(chosen) && !chosen.waiting);
          for (const other of waiting) {
            const lateMs = (owedWhenPlaced.get(other.owner) ?? 0) / 7 + 2 * limits.roundMs;
            assert.ok(chosen.paidAtMs <= other.paidAtMs + lateMs);
          }
        }
      }
    }),
    { seed: 2, numRuns: 500 },
  );
});

test("nothing is owed beyond the limit, and what is given back makes no credit", () => {
  const calendar = new RoundCalendar<string>();
  const turn = new Turn("one");
  calendar.wait(turn);
  calendar.next();
  calendar.charge(turn, 1e9);
  assert.equal(calendar.debtMs(turn), limits.slotDebtMsMax - limits.roundMs);
  calendar.charge(turn, -1e9);
  const fresh = new Turn("other");
  calendar.wait(fresh);
  calendar.wait(turn);
  assert.equal(calendar.next(), "one", "it is still a member of the present round");
  calendar.charge(turn, limits.roundMs);
  calendar.wait(turn);
  assert.equal(calendar.next(), "other", "the round's credit is used up");
});

test("a member of the present round comes back into it, a newcomer joins the next", () => {
  const calendar = new RoundCalendar<string>();
  const [member, newcomer] = [new Turn("member"), new Turn("newcomer")];
  calendar.wait(member);
  const order: (string | undefined)[] = [];
  for (let count = 0; count < 8; count += 1) {
    order.push(calendar.next());
    if (count === 0) calendar.wait(newcomer);
    if (order.at(-1) === "member") {
      calendar.charge(member, limits.roundMs / 4);
      calendar.wait(member);
    }
  }
  assert.deepEqual(order.slice(0, 4), ["member", "member", "member", "member"]);
  assert.equal(order[4], "newcomer");
});
