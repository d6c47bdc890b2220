import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestApi } from "../../test/api/test-api.ts";
import { applicationKeyOf } from "../core/ids.ts";
import type { StoredJobDb } from "../core/retention.ts";

const jobDb: StoredJobDb = {
  number: 1,
  state: "drained",
  applications: [applicationKeyOf(7)],
  firstAtMs: 0,
  lastAtMs: 1_000,
  writtenAtMs: 2_000.25,
  bytes: 4_096,
};

test("JobDbs are listed, the newest first, with what is free and what was archived", async (t) => {
  const api = await createTestApi({
    storage: {
      jobDbs: [jobDb, { ...jobDb, number: 2, state: "open", bytes: 1 }],
      freeBytes: 5_000,
      archived: 3,
      archivedBytes: 300,
      archiveFailures: 1,
      dropped: 2,
      setAside: 1,
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
      { number: 2, state: "open", ...own, bytes: 1 },
      { number: 1, state: "drained", ...own, bytes: 4_096 },
    ],
    bytes: 4_097,
    freeBytes: 5_000,
    archive: { stored: 3, bytes: 300, failures: 1 },
    dropped: 2,
    damaged: 1,
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
