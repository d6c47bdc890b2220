import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { AnswerRow } from "../../src/core/answer.ts";
import { PosthornError } from "../../src/core/errors.ts";
import type { JobDbStore } from "../../src/director/ports.ts";
import { MemoryDisk } from "../../src/jobdb/memory/memory-disk.ts";
import { MemoryJobDbStore } from "../../src/jobdb/memory/memory-job-db-store.ts";
import type { Owner } from "../../src/jobdb/owner.ts";
import { jobDbPath } from "../../src/jobdb/sqlite/job-db-folder.ts";
import { SqliteJobDbStore } from "../../src/jobdb/sqlite/sqlite-job-db-store.ts";
import { ThreadedJobDbStore } from "../../src/jobdb/sqlite/threaded-job-db-store.ts";
import { jobDbConformance } from "./job-db.ts";
import { jobDbLifeConformance } from "./job-db-life.ts";
import { jobDbRoundsConformance } from "./job-db-rounds.ts";
import type { JobDbSubject } from "./job-db-subject.ts";
import { randomCommitsReadBackAsTheModelHasThem } from "./job-db-property.ts";

function memorySubject(): JobDbSubject {
  let broken = false;
  const disk = new MemoryDisk({
    flush: async () => {
      if (broken) throw new PosthornError("jobdb_failed", "the simulated disk is broken");
    },
  });
  return {
    open: (owner) => new MemoryJobDbStore(disk, owner),
    breakDisk: () => {
      broken = true;
    },
    repairDisk: () => {
      broken = false;
    },
    answersIn: (jobDb) => disk.files.get(jobDb)?.answers ?? [],
    remove: async () => undefined,
  };
}

function sqliteSubject(openStore: (folder: string, owner: Owner) => JobDbStore): JobDbSubject {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-jobdb-"));
  const stores: JobDbStore[] = [];
  const alter = (jobDb: number, sql: string): void => {
    const database = new DatabaseSync(jobDbPath(folder, jobDb));
    database.exec(sql);
    database.close();
  };
  return {
    open: (owner) => {
      const store = openStore(folder, owner);
      stores.push(store);
      return store;
    },
    breakDisk: (jobDb) =>
      alter(
        jobDb,
        "CREATE TRIGGER broken BEFORE INSERT ON attempt BEGIN SELECT RAISE(ABORT, 'broken'); END",
      ),
    repairDisk: (jobDb) => alter(jobDb, "DROP TRIGGER broken"),
    answersIn: (jobDb) => {
      const database = new DatabaseSync(jobDbPath(folder, jobDb), { readOnly: true });
      const rows = database
        .prepare(
          `SELECT hash, at_ms AS atMs, first_message AS firstMessage, messages, text FROM answer
           ORDER BY row`,
        )
        .all();
      database.close();
      return rows.map((row) => ({ ...row }) as unknown as AnswerRow); // the columns of the statement
    },
    remove: async () => {
      for (const store of stores) await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const implementations = [
  { name: "memory", makeSubject: memorySubject, propertyRuns: 200 },
  {
    name: "SQLite in the calling thread",
    makeSubject: () => sqliteSubject((folder, owner) => new SqliteJobDbStore(folder, owner)),
    propertyRuns: 20,
  },
  {
    name: "SQLite in its own thread",
    makeSubject: () => sqliteSubject((folder, owner) => new ThreadedJobDbStore({ folder, owner })),
    propertyRuns: 10,
  },
];

for (const { name, makeSubject, propertyRuns } of implementations) {
  jobDbConformance(name, makeSubject);
  jobDbLifeConformance(name, makeSubject);
  jobDbRoundsConformance(name, makeSubject);
  test(`${name}: random commits read back as a model of all rows has them`, () =>
    randomCommitsReadBackAsTheModelHasThem(makeSubject, propertyRuns));
}
