import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { applicationKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { type ConnectLine, ConnectTurns } from "./connect-turns.ts";

const [one, other] = [applicationKeyOf(1), applicationKeyOf(2)];

/** Connects that are ended by hand, in the order in which they begin. */
class Connects {
  readonly begun: string[] = [];
  readonly #ends: ((isConnected: boolean) => void)[] = [];

  push(line: ConnectLine, name: string, count: number): void {
    for (let connect = 0; connect < count; connect += 1) {
      line.push(() => {
        this.begun.push(name);
        const { promise, resolve } = Promise.withResolvers<boolean>();
        this.#ends.push(resolve);
        return promise;
      });
    }
  }

  /** Ends all that are under way, and lets begin what may. */
  async endAll(isConnected: boolean): Promise<void> {
    for (const end of this.#ends.splice(0)) end(isConnected);
    await settle();
  }

  async countAfter(isConnected: boolean): Promise<number> {
    const before = this.begun.length;
    await this.endAll(isConnected);
    return this.begun.length - before;
  }
}

/** More turns than any test's connects need. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < limits.concurrencyPerEndpoint; turn += 1) await nextTurn();
}

test("a connect begins at once when nothing stands against it", () => {
  const connects = new Connects();
  connects.push(new ConnectTurns().line(one), "only", 1);
  assert.deepEqual(connects.begun, ["only"]);
});

test("in one turn few sockets are dialled, of each endpoint one after the other", async () => {
  const turns = new ConnectTurns();
  const dialled: string[] = [];
  const dial = (line: ConnectLine, name: string): void => {
    void line.dialTurn().then(() => dialled.push(name));
  };
  for (let other = 0; other < limits.dialsPerTurn; other += 1) dial(turns.line(one), "before");
  const many = turns.line(one);
  for (let each = 0; each < 3; each += 1) dial(many, "many");
  dial(turns.line(one), "one");
  await Promise.resolve();
  assert.equal(dialled.length, limits.dialsPerTurn);
  await settle();
  assert.deepEqual(dialled.slice(limits.dialsPerTurn), ["many", "one", "many", "many"]);
});

test("while others are sent to, an application's sockets are dialled one after the other, and nobody waits for that", async () => {
  const turns = new ConnectTurns();
  for (const application of [one, other]) turns.noteSent(application);
  let dialled = 0;
  const dials = Array.from({ length: 10 }, async () => {
    await turns.line(one).dialTurn();
    dialled += 1;
  });
  await turns.line(other).dialTurn();
  assert.equal(dialled, 1, "the others wait, and the other application's does not");
  await Promise.all(dials);
});

test("one that is alone dials without waiting for that", async () => {
  const turns = new ConnectTurns();
  turns.noteSent(one);
  let dialled = 0;
  for (let each = 0; each < 2 * limits.dialsPerTurn; each += 1) {
    void turns
      .line(one)
      .dialTurn()
      .then(() => (dialled += 1));
  }
  await nextTurn();
  await nextTurn();
  assert.equal(dialled, 2 * limits.dialsPerTurn);
});

test("an endpoint's connects that never end hold up no other endpoint", async () => {
  const turns = new ConnectTurns();
  const connects = new Connects();
  connects.push(turns.line(one), "hanging", limits.concurrencyPerEndpoint);
  await settle();
  assert.equal(connects.begun.length, limits.connectsInitial);
  connects.push(turns.line(one), "other", 1);
  assert.equal(connects.begun.at(-1), "other");
});

test("what an endpoint may have under way grows with each connection and is halved by each failure", async () => {
  const connects = new Connects();
  connects.push(new ConnectTurns().line(one), "one", 1_000);
  await settle();
  assert.equal(await connects.countAfter(true), 2 * limits.connectsInitial);
  for (let round = 0; round < 6; round += 1) await connects.endAll(true);
  assert.equal(await connects.countAfter(true), limits.concurrencyPerEndpoint);
  assert.equal(await connects.countAfter(false), 1);
  assert.equal(await connects.countAfter(false), 1);
  assert.equal(await connects.countAfter(true), 2);
});

test("a line that is emptied begins and dials all that waits, and takes no turn for it", async () => {
  const turns = new ConnectTurns();
  const connects = new Connects();
  const line = turns.line(one);
  connects.push(line, "emptied", limits.connectsInitial + 2);
  const dials = Array.from({ length: 2 * limits.dialsPerTurn }, () => line.dialTurn());
  line.empty();
  assert.equal(connects.begun.length, limits.connectsInitial + 2);
  await Promise.all(dials);
  connects.push(turns.line(one), "next", 1);
  assert.deepEqual(connects.begun.slice(limits.connectsInitial + 2), ["next"]);
});
