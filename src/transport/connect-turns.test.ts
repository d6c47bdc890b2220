import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { limits } from "../core/limits.ts";
import { type ConnectLine, ConnectTurns } from "./connect-turns.ts";

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
  connects.push(new ConnectTurns().line(), "only", 1);
  assert.deepEqual(connects.begun, ["only"]);
});

test("in one turn few sockets are dialled, of each endpoint one after the other", async () => {
  const turns = new ConnectTurns();
  const dialled: string[] = [];
  const dial = (line: ConnectLine, name: string): void => {
    void line.dialTurn().then(() => dialled.push(name));
  };
  for (let other = 0; other < limits.dialsPerTurn; other += 1) dial(turns.line(), "before");
  const many = turns.line();
  for (let each = 0; each < 3; each += 1) dial(many, "many");
  dial(turns.line(), "one");
  await Promise.resolve();
  assert.equal(dialled.length, limits.dialsPerTurn);
  await settle();
  assert.deepEqual(dialled.slice(limits.dialsPerTurn), ["many", "one", "many", "many"]);
});

test("an endpoint's connects that never end hold up no other endpoint", async () => {
  const turns = new ConnectTurns();
  const connects = new Connects();
  connects.push(turns.line(), "hanging", limits.concurrencyPerEndpoint);
  await settle();
  assert.equal(connects.begun.length, limits.connectsInitial);
  connects.push(turns.line(), "other", 1);
  assert.equal(connects.begun.at(-1), "other");
});

test("what an endpoint may have under way grows with each connection and is halved by each failure", async () => {
  const connects = new Connects();
  connects.push(new ConnectTurns().line(), "one", 1_000);
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
  const line = turns.line();
  connects.push(line, "emptied", limits.connectsInitial + 2);
  const dials = Array.from({ length: 2 * limits.dialsPerTurn }, () => line.dialTurn());
  line.empty();
  assert.equal(connects.begun.length, limits.connectsInitial + 2);
  await Promise.all(dials);
  connects.push(turns.line(), "next", 1);
  assert.deepEqual(connects.begun.slice(limits.connectsInitial + 2), ["next"]);
});
