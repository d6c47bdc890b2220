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

test("in one turn few connects begin, of each endpoint one after the other", async () => {
  const turns = new ConnectTurns();
  const connects = new Connects();
  for (let other = 0; other < limits.connectsPerTurn; other += 1) {
    connects.push(turns.line(), "before", 1);
  }
  connects.push(turns.line(), "many", 3);
  connects.push(turns.line(), "one", 1);
  assert.equal(connects.begun.length, limits.connectsPerTurn);
  await settle();
  assert.deepEqual(connects.begun.slice(limits.connectsPerTurn), ["many", "one", "many", "many"]);
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

test("a line that is emptied begins all that waits, and takes no turn for it", async () => {
  const turns = new ConnectTurns();
  const connects = new Connects();
  const line = turns.line();
  connects.push(line, "emptied", limits.connectsPerTurn + 2);
  line.empty();
  assert.equal(connects.begun.length, limits.connectsPerTurn + 2);
  connects.push(turns.line(), "next", 1);
  await settle();
  assert.deepEqual(connects.begun.slice(limits.connectsPerTurn + 2), ["next"]);
});
