/** A world for background tasks to be carried out in. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { NewTask, TaskScope } from "../../src/control/entities.ts";
import type { ControlWriter } from "../../src/control/facade.ts";
import { LdbReader } from "../../src/control/ldb-reader.ts";
import { SqliteControlWriter } from "../../src/control/sqlite-control-writer.ts";
import type { EndpointKey } from "../../src/core/ids.ts";
import type { Intake, NewResend, Queues } from "../../src/director/facade.ts";
import { SqliteHistory } from "../../src/jobdb/sqlite/sqlite-history.ts";
import { SqliteJobDbStore } from "../../src/jobdb/sqlite/sqlite-job-db-store.ts";
import type { Reach } from "../../src/main/restorer.ts";
import { TaskRunner } from "../../src/main/task-runner.ts";
import { attemptOf, commitOf, firstDeliveryOf, messageTo } from "./job-db-rows.ts";
import { newApplication, newEndpoint } from "./new-control-rows.ts";
import { scratchControl } from "./scratch-control.ts";

const nothingWaits: Pick<Queues, "cancelMessages"> = {
  cancelMessages: async () => ({ cancelled: 0, ending: 0 }),
};

/** An endpoint with messages that have failed there, and a JobDb that takes the resends; each start is a run of the program. */
export async function scratchTasks(t: TestContext, messages: number) {
  const { files, sources } = scratchControl(t);
  const control = new SqliteControlWriter(files, sources, () => {});
  const reader = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
  const folder = join(files.controlPath, "..", "jobdb");
  const store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 1 });
  const jobDb = await store.create();
  const history = new SqliteHistory(folder);
  t.after(async () => {
    history.close();
    reader.close();
    control.close();
    await store.close();
  });
  const { application } = await control.createApplication("org", newApplication(), false);
  const endpoint = await control.createEndpoint(application.key, newEndpoint());
  const rows = Array.from({ length: messages }, (_, index) => index + 1);
  const exhausted = { settlement: "exhausted" } as const;
  await jobDb.commit(
    commitOf({
      messages: rows.map((row) => messageTo([endpoint.key], row)),
      attempts: rows.map((row) => attemptOf(firstDeliveryOf(row), endpoint.key, row, exhausted)),
    }),
  );
  const resent: number[] = [];
  /** As the Director does. */
  const resend = async (resends: readonly NewResend[]): Promise<void> => {
    await jobDb.commit(
      commitOf({
        resends: resends.map(({ message, ...rest }) => ({
          messageRow: message.row,
          atMs: sources.nowMs(),
          ...rest,
        })),
      }),
    );
    resent.push(...resends.map(({ message }) => message.row));
  };
  const timers: (() => void)[] = [];
  const failures: unknown[] = [];
  /** How far a replay of the archive can read, and what makes it further. */
  const archived = { reach: { kind: "reached", untilMs: Infinity } as Reach, asked: 0 };
  const restorer = {
    reach: () => archived.reach,
    goOn: () => void (archived.asked += 1),
    retain: () => undefined,
  };
  const start = (
    writer: Pick<ControlWriter, "advanceTask"> = control,
    intake: Pick<Intake, "resend"> = { resend },
    queues: Pick<Queues, "cancelMessages"> = nothingWaits,
  ) =>
    new TaskRunner({
      reader,
      writer,
      history,
      intake,
      queues,
      restorer,
      clock: {
        after: (_, callback) => {
          timers.push(callback);
          return { stop: () => undefined };
        },
      },
      onFailure: (error) => failures.push(error),
    });
  const span = { sinceMs: 0, untilMs: 2 ** 52 };
  const recovery = { type: "endpoint.recover", ...span, filter: {}, total: undefined } as const;
  const scopeOf = (of: EndpointKey | "all"): TaskScope =>
    of === "all"
      ? { application: application.key, endpoint: undefined }
      : { application: reader.find(of)?.application ?? assert.fail(), endpoint: of };
  const begin = (more: Partial<NewTask> = {}, of: EndpointKey | "all" = endpoint.key) =>
    control.startTask(scopeOf(of), { ...recovery, ...more });
  const taskOf = (id: string) => reader.backgroundTask("org", id) ?? assert.fail();
  const world = {
    archived,
    control,
    reader,
    application,
    jobDb,
    endpoint,
    rows,
    resent,
    timers,
    failures,
  };
  return { ...world, resend, start, begin, taskOf };
}
