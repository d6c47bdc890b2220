import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { limits } from "../core/limits.ts";
import { JudgingTurns } from "./judging-turns.ts";

/** Takes a whole turn. */
function work(): void {
  const endsAtMs = performance.now() + limits.judgingTurnMs;
  while (performance.now() < endsAtMs);
}

test("of several who work one goes on in each turn, and others have theirs in between", async () => {
  const turns = new JudgingTurns();
  const events: string[] = [];
  const build = (name: string): Promise<number[]> =>
    turns.build(3, (index) => {
      work();
      events.push(`${name}${index}`);
      return index;
    });
  const built = [build("a"), build("b")];
  for (let turn = 0; turn < 6; turn += 1) {
    await nextTurn();
    events.push("other");
  }
  assert.deepEqual(await Promise.all(built), [
    [0, 1, 2],
    [0, 1, 2],
  ]);
  const expected = ["a0", "b0", "a1", "b1", "a2", "b2"].flatMap((event) => [event, "other"]);
  assert.deepEqual(events, expected);
});

test("who goes on begins at once, and gives way all the same", async () => {
  const turns = new JudgingTurns();
  const events: string[] = [];
  const built = turns.goOn(2, (index) => {
    work();
    events.push(`a${index}`);
  });
  events.push("caller");
  await nextTurn();
  await built;
  assert.deepEqual(events, ["a0", "caller", "a1"]);
});

test("what is quick is done in one turn", async () => {
  const turns = new JudgingTurns();
  const built = turns.build(2, (index) => index);
  await nextTurn();
  assert.deepEqual(await Promise.race([built, nextTurn("later")]), [0, 1]);
  assert.deepEqual(await turns.build(0, () => assert.fail("nothing is there")), []);
});

test("what is thrown rejects, and the others go on", async () => {
  const turns = new JudgingTurns();
  const failing = turns.build(1, () => {
    throw new Error("broken");
  });
  const other = turns.build(1, () => "done");
  await assert.rejects(failing, { message: "broken" });
  assert.deepEqual(await other, ["done"]);
});

test("what is short shares turns, a few at a time, and others have theirs in between", async () => {
  const turns = new JudgingTurns();
  const events: string[] = [];
  const short = async (name: string): Promise<void> => {
    await turns.share();
    events.push(name);
  };
  const count = 2 * limits.turnSharersMax + 1;
  const all = Promise.all(Array.from({ length: count }, (_, index) => short(`${index}`)));
  for (let turn = 0; turn < 3; turn += 1) {
    await nextTurn();
    events.push("other");
  }
  await all;
  const places = events.flatMap((event, place) => (event === "other" ? [place] : []));
  assert.deepEqual(places, [limits.turnSharersMax, 2 * limits.turnSharersMax + 1, count + 2]);
  await short("later"); // after the last turn has been
  assert.equal(events.at(-1), "later");
});

test("turns of bulk are apart while somebody else is there, unless too many wait", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const spacingMs = 5;
  const turns = new JudgingTurns(spacingMs);
  let hasNeighbour = true;
  const done: string[] = [];
  const take = async (name: string): Promise<void> => {
    await turns.build(
      1,
      () => done.push(name),
      () => hasNeighbour,
    );
  };
  const taken = [take("first"), take("second")];
  await nextTurn();
  assert.deepEqual(done, []);
  t.mock.timers.tick(spacingMs);
  await nextTurn();
  assert.deepEqual(done, ["first"]);
  hasNeighbour = false; // the next one was put off by then
  t.mock.timers.tick(spacingMs);
  await Promise.all(taken);
  await take("alone");
  hasNeighbour = true;
  const many = Array.from({ length: limits.spacedTurnsMax + 1 }, (_, index) => take(`${index}`));
  t.mock.timers.tick(spacingMs); // the first of them came when it was alone
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  assert.deepEqual(done.slice(3), ["0"]);
  t.mock.timers.tick(spacingMs);
  await nextTurn();
  for (let left = many.length; left > 0; left -= 1) {
    t.mock.timers.tick(spacingMs);
    await nextTurn();
  }
  await Promise.all(many);
});
