import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobDbState, StoredJobDb } from "../core/retention.ts";
import { showJobDbs } from "./job-db-metrics.ts";
import { MetricsText } from "./metrics-text.ts";

const nowMs = 100_000;

function jobDb(number: number, state: JobDbState): StoredJobDb {
  const times = { firstAtMs: number * 1_000, lastAtMs: nowMs, writtenAtMs: nowMs };
  return { number, state, applications: [], ...times, bytes: 10 ** number };
}

function samplesOf(jobDbs: readonly StoredJobDb[] | undefined, setAside: number): string[] {
  const text = new MetricsText();
  showJobDbs(text, { jobDbs, setAside }, nowMs);
  return text
    .toString()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

test("JobDbs and their bytes are told by state, and the age of the oldest that has something unsettled", () => {
  const jobDbs = [
    jobDb(0, "drained"),
    jobDb(1, "sealed"),
    jobDb(2, "drained"),
    jobDb(3, "sealed"),
    jobDb(4, "open"),
  ];
  assert.deepEqual(samplesOf(jobDbs, 2), [
    'posthorn_job_dbs{state="open"} 1',
    'posthorn_job_dbs{state="sealed"} 2',
    'posthorn_job_dbs{state="drained"} 2',
    'posthorn_job_dbs{state="damaged"} 2',
    'posthorn_job_db_bytes{state="open"} 10000',
    'posthorn_job_db_bytes{state="sealed"} 1010',
    'posthorn_job_db_bytes{state="drained"} 101',
    "posthorn_job_db_oldest_unsettled_age_seconds 99",
  ]);
});

test("where none is sealed nothing is old, and before anybody has looked nothing is told", () => {
  assert.equal(
    samplesOf([jobDb(1, "open")], 0).at(-1),
    "posthorn_job_db_oldest_unsettled_age_seconds 0",
  );
  assert.deepEqual(samplesOf(undefined, 0), []);
});
