import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestApi } from "../../test/api/test-api.ts";
import { applicationKeyOf } from "../core/ids.ts";

const jobDb = {
  number: 1,
  settled: true,
  applications: [applicationKeyOf(7)],
  firstAtMs: 0,
  lastAtMs: 1_000,
  writtenAtMs: 2_000.25,
  bytes: 4_096,
};

test("JobDbs are listed, the newest first, with what is free and what was archived", async (t) => {
  const api = await createTestApi({
    storage: {
      jobDbs: [jobDb, { ...jobDb, number: 2, settled: false, bytes: 1 }],
      freeBytes: 5_000,
      archived: 3,
      archiveFailures: 1,
      dropped: 2,
    },
  });
  t.after(() => api.server.close());
  const own = {
    firstAt: "1970-01-01T00:00:00.000Z",
    lastAt: "1970-01-01T00:00:01.000Z",
    writtenAt: "1970-01-01T00:00:02.000Z",
  };
  assert.deepEqual((await api.ask("GET", "/api/v1/job-db")).json(), {
    jobDbs: [
      { number: 2, state: "unsettled", ...own, bytes: 1 },
      { number: 1, state: "drained", ...own, bytes: 4_096 },
    ],
    bytes: 4_097,
    freeBytes: 5_000,
    archive: { stored: 3, failures: 1 },
    dropped: 2,
  });
});

test("before anybody has looked, nothing is known of them", async (t) => {
  const api = await createTestApi();
  t.after(() => api.server.close());
  assert.partialDeepStrictEqual((await api.ask("GET", "/api/v1/job-db")).json(), {
    jobDbs: [],
    bytes: 0,
    freeBytes: null,
  });
});
