/**
 * Loaded into a server before it starts: its sender can't bear messages whose payload says how it dies of them, and its patience is
 * short, so that a test need not wait for a minute.
 */
import process from "node:process";
import { limits } from "../../../src/core/limits.ts";
import { Sender } from "../../../src/transport/sender.ts";

Object.assign(limits, {
  suspectWaitMs: 1,
  unseenDeathEvidence: limits.seenDeathEvidence,
  trafficSampleMs: 50,
  watchIntervalMs: 100,
  missedTurnsMax: 20,
  directorHeapMebibytesMax: 64,
});

const poisons: Readonly<Record<string, () => void>> = {
  throws: () => {
    throw new Error("poison");
  },
  hangs: () => {
    for (;;);
  },
  "takes all memory": () => {
    const held: unknown[] = [];
    for (;;) held.push(Array.from({ length: 100_000 }, () => ({})));
  },
  kills: () => void process.kill(process.pid, "SIGKILL"),
};

const { value: send } = Object.getOwnPropertyDescriptor(Sender.prototype, "send") as {
  readonly value: Sender["send"]; // a method
};
Sender.prototype.send = function poisonous(request) {
  const text = new TextDecoder().decode(request.payload);
  const poison = poisons[/"poison":"([^"]+)"/.exec(text)?.[1] ?? ""];
  if (poison !== undefined) setImmediate(poison);
  return send.call(this, request);
};
