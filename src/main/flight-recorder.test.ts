import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import type { Handled, Suspect } from "../core/suspicion.ts";
import {
  flightRecordPath,
  FlightTable,
  newFlightMemory,
  readFlightRecord,
  writeFlightRecord,
} from "./flight-record.ts";
import { FileFlightRecorder, type FileFlightRecorderOptions } from "./flight-recorder.ts";
import { readFlightRecords, removeOldFlightRecords } from "./flight-records.ts";
import { createLogger } from "./logger.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-flights-"));
  path = flightRecordPath(folder, 0);
});
afterEach(() => rmSync(folder, { recursive: true }));

const logger = createLogger("silent");
const one: Handled = { jobDb: 1, delivery: 65_536, round: 0 };
const other: Handled = { jobDb: 1, delivery: 2 * 65_536, round: 3 };
const suspect: Suspect = { ...one, suspicion: { kind: "suspect", evidence: 4 } };

function start(options: Partial<FileFlightRecorderOptions> = {}) {
  const memory = newFlightMemory();
  const failures: unknown[] = [];
  const timers: (() => void)[] = [];
  const recorder = new FileFlightRecorder({
    path,
    memory,
    suspects: [],
    isAfterDeath: false,
    clock: {
      nowMs: () => 0,
      after: (_, callback) => {
        timers.push(callback);
        return { stop: () => void timers.splice(0) };
      },
    },
    onFailure: (error) => failures.push(error),
    ...options,
  });
  return { recorder, memory, failures, timers };
}

test("a run that is not after a death writes what concerns suspects alone, and leaves the file that says that it ran", () => {
  const { recorder } = start({ suspects: [suspect] });
  recorder.began(one);
  recorder.began(other);
  assert.deepEqual(readFlightRecord(path), {
    death: "unseen",
    left: [{ ...suspect, underWay: true }],
  });
  assert.equal(readFlightRecords(folder, logger).isAfterDeath, true);
});

test("some time after a death nothing but what concerns suspects is written any more", () => {
  const { recorder, timers } = start({ isAfterDeath: true });
  recorder.began(one);
  for (const callback of timers) callback();
  recorder.began(other);
  const { left } = readFlightRecord(path);
  assert.deepEqual(left, [{ ...one, underWay: true, suspicion: undefined }]);
});

test("another thread writes all of it when this one can't", () => {
  const { recorder, memory } = start({ suspects: [suspect] });
  recorder.began(other);
  writeFlightRecord(path, new FlightTable(memory).copy("seen"));
  assert.deepEqual(readFlightRecord(path), {
    death: "seen",
    left: [
      { ...suspect, underWay: false },
      { ...other, underWay: true, suspicion: undefined },
    ],
  });
});

test("whatever a power cut has made of a record, it is read", () => {
  const { recorder } = start({ isAfterDeath: true });
  recorder.began(one);
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length; at += 1) {
    writeFileSync(path, whole.subarray(0, at));
    readFlightRecord(path);
    writeFileSync(path, whole.with(at, 255));
    for (const { jobDb, delivery, round } of readFlightRecord(path).left)
      assert.ok([jobDb, delivery, round].every((each) => Number.isSafeInteger(each)));
  }
  writeFileSync(path, "");
  assert.deepEqual(readFlightRecord(path), { death: "unseen", left: [] });
});

test("what can't be written is told once, and nobody is held up by it", () => {
  mkdirSync(`${path}.unfinished`);
  const { recorder, failures } = start({ isAfterDeath: true });
  recorder.ended(recorder.began(one));
  recorder.close();
  assert.equal(failures.length, 1);
});

test("records of Directors that are not there any more are read, and then removed", () => {
  for (const director of [0, 1, 2]) {
    const delivery = { ...one, jobDb: director };
    start({ path: flightRecordPath(folder, director), isAfterDeath: true }).recorder.began(
      delivery,
    );
  }
  const { suspects } = readFlightRecords(folder, logger);
  assert.deepEqual(new Set(suspects.map(({ jobDb }) => jobDb)), new Set([0, 1, 2]));
  removeOldFlightRecords(folder, 2);
  assert.deepEqual(readdirSync(folder).toSorted(), ["flight-record-0", "flight-record-1"]);
});
