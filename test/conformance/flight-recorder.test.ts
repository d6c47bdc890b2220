import { rmSync } from "node:fs";
import { after } from "node:test";
import { newFlightMemory, flightRecordPath } from "../../src/main/flight-record.ts";
import { FileFlightRecorder } from "../../src/main/flight-recorder.ts";
import { readFlightRecords } from "../../src/main/flight-records.ts";
import { createLogger } from "../../src/main/logger.ts";
import { makeScratchFolder } from "../e2e/scratch-folder.ts";
import { MemoryFlightRecord } from "../simulation/memory-flight-record.ts";
import { testFlightRecorder } from "./flight-recorder.ts";

const folder = makeScratchFolder("flights");
after(() => folder.remove());
const logger = createLogger("silent");
const clock = { nowMs: () => 0, after: () => ({ stop: () => undefined }) };

testFlightRecorder("in a file", () => {
  const path = flightRecordPath(folder.path, 0);
  rmSync(path, { force: true });
  const suspects = () => readFlightRecords(folder.path, logger).suspects;
  return {
    suspects,
    start: () =>
      new FileFlightRecorder({
        path,
        memory: newFlightMemory(),
        suspects: suspects(),
        isAfterDeath: true,
        clock,
        onFailure: (error) => {
          throw error;
        },
      }),
  };
});

testFlightRecorder("in memory", () => {
  const record = new MemoryFlightRecord();
  return { suspects: () => record.suspects(), start: () => record.forRun() };
});
