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
  let done = 0;
  const take = (): Promise<number[]> =>
    turns.build(
      1,
      () => (done += 1),
      () => hasNeighbour,
    );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  };
  const immediate = 3;
  const taken = Array.from({ length: limits.spacedTurnsMax + 1 + immediate }, take);
  await settle();
  assert.equal(done, 0); // the first one has come when nobody else waited
  t.mock.timers.tick(spacingMs);
  await settle();
  assert.equal(done, 1 + immediate); // too many waited, until they did not
  t.mock.timers.tick(spacingMs - 1);
  await settle();
  assert.equal(done, 1 + immediate);
  hasNeighbour = false;
  t.mock.timers.tick(1); // the next one was put off by then, the others are not
  await Promise.all(taken);
});
