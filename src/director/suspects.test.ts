/** A Director that knows of deliveries under suspicion. */
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { delivered, message, startDirector } from "../../test/conformance/scratch-director.ts";
import { MemoryFlightRecord } from "../../test/simulation/memory-flight-record.ts";
import type { Suspicion } from "../core/suspicion.ts";
import { MemoryDisk } from "../jobdb/memory/memory-disk.ts";
import type { FlightRecorder } from "./ports.ts";

/** As many messages as may be under way, of a run that died by its own fault. */
async function diedWith(disk: MemoryDisk, messages: number): Promise<MemoryFlightRecord> {
  const flights = new MemoryFlightRecord();
  const recorder = flights.forRun();
  const { director, attempts } = await startDirector(disk, 1, undefined, { recorder });
  await director.accept(Array.from({ length: messages }, () => message));
  while (attempts.length < messages) await turn();
  recorder.died();
  disk.crash();
  return flights;
}

/** The same recorder, that says this of all that it knows. */
function saying(suspicion: Suspicion, recorder: FlightRecorder): FlightRecorder {
  return { ...recorder, suspects: recorder.suspects.map((each) => ({ ...each, suspicion })) };
}

async function someTurns(): Promise<void> {
  for (let count = 0; count < 20; count += 1) await turn();
}

test("suspects go one after the other, and what is new goes beside them", async () => {
  const disk = new MemoryDisk();
  const recorder = (await diedWith(disk, 3)).forRun();
  assert.equal(recorder.suspects.length, 3);
  const second = await startDirector(disk, 2, undefined, { recorder });
  const { director, attempts, failures } = second;
  for (let suspects = 1; suspects <= 3; suspects += 1) {
    while (attempts.length < suspects) await turn();
    await someTurns();
    assert.equal(attempts.length, suspects);
    if (suspects === 3) break;
    attempts[suspects - 1]?.(delivered);
  }
  await director.accept([message]);
  while (attempts.length < 4) await turn();
  for (const end of attempts) end(delivered);
  const [file] = disk.files.values();
  const isDrained = (): boolean => file?.drained ?? false;
  while (!isDrained()) await turn();
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("in strict order a suspect that has to wait holds up what follows it", async () => {
  const disk = new MemoryDisk();
  const recorder = (await diedWith(disk, 2)).forRun();
  const found = Promise.resolve();
  const { director, attempts, sent } = await startDirector(disk, 2, found, { recorder });
  while (attempts.length < 1) await turn();
  await director.accept([{ ...message, payload: new Uint8Array([91, 93]) }]);
  await someTurns();
  assert.equal(attempts.length, 1);
  attempts[0]?.(delivered);
  while (attempts.length < 2) await turn();
  attempts[1]?.(delivered);
  while (attempts.length < 3) await turn();
  assert.deepEqual(sent, ["{}", "{}", "[]"]);
  await director.stop(0);
});

test("what is convicted is not sent: it is exhausted, and told when that is durable", async () => {
  const disk = new MemoryDisk();
  const flights = await diedWith(disk, 2);
  const recorder = saying({ kind: "suspect", evidence: 9 }, flights.forRun());
  const second = await startDirector(disk, 2, undefined, { recorder });
  const { director, attempts, quarantined } = second;
  while (quarantined.length < 2) await turn();
  const [file] = disk.files.values();
  assert.deepEqual(
    file?.attempts.map(({ settlement, statusCode, response }) => [
      settlement,
      statusCode,
      new TextDecoder().decode(response).slice(0, 9),
    ]),
    [
      ["exhausted", 0, "Not sent:"],
      ["exhausted", 0, "Not sent:"],
    ],
  );
  assert.equal(attempts.length, 0);
  await director.stop(0);
});
