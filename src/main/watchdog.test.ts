import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../core/limits.ts";
import { Watchdog } from "./watchdog.ts";

function startWatchdog() {
  const looks: (() => void)[] = [];
  const clock = {
    after: (delayMs: number, callback: () => void) => {
      assert.equal(delayMs, limits.watchIntervalMs);
      looks.push(callback);
      return { stop: () => void looks.splice(looks.indexOf(callback), 1) };
    },
  };
  const told = { silent: 0 };
  const watchdog = new Watchdog({ clock, onSilent: () => (told.silent += 1) });
  watchdog.start();
  const look = (times: number): void => {
    for (let count = 0; count < times; count += 1) looks.shift()?.();
  };
  return { watchdog, look, told, looks };
}

test("a thread is silent when it was not heard for a minute of looks, and that is told once", () => {
  const { look, told, looks } = startWatchdog();
  look(limits.missedTurnsMax);
  assert.equal(told.silent, 0);
  look(1);
  assert.equal(told.silent, 1);
  assert.equal(looks.length, 0);
});

test("whoever is heard begins anew, and looks that were missed because the process was stopped don't count", () => {
  const { watchdog, look, told } = startWatchdog();
  look(limits.missedTurnsMax);
  watchdog.heard();
  look(limits.missedTurnsMax); // however long ago the one before was
  assert.equal(told.silent, 0);
});

test("after its stop it does not look", () => {
  const { watchdog, looks } = startWatchdog();
  watchdog.stop();
  assert.equal(looks.length, 0);
});
