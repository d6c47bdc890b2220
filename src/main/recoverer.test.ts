import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  attemptOf,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../test/conformance/job-db-rows.ts";
import { newApplication, newEndpoint } from "../../test/conformance/new-control-rows.ts";
import { scratchControl } from "../../test/conformance/scratch-control.ts";
import type { ControlWriter } from "../control/facade.ts";
import { LdbReader } from "../control/ldb-reader.ts";
import { SqliteControlWriter } from "../control/sqlite-control-writer.ts";
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Intake, NewResend } from "../director/facade.ts";
import { SqliteHistory } from "../jobdb/sqlite/sqlite-history.ts";
import { SqliteJobDbStore } from "../jobdb/sqlite/sqlite-job-db-store.ts";
import { Recoverer } from "./recoverer.ts";

/** An endpoint with messages that have failed there, and a JobDb that takes the resends; each start is a run of the program. */
async function createWorld(t: TestContext, messages: number) {
  const { files, sources } = scratchControl(t);
  const control = new SqliteControlWriter(files, sources, () => {});
  const reader = new LdbReader(files.ldbPath, { nowMs: sources.nowMs, generation: undefined });
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
  const start = (
    writer: Pick<ControlWriter, "advanceTask"> = control,
    intake: Pick<Intake, "resend"> = { resend },
  ) =>
    new Recoverer({
      reader,
      writer,
      history,
      intake,
      clock: {
        after: (_, callback) => {
          timers.push(callback);
          return { stop: () => undefined };
        },
      },
      onFailure: (error) => failures.push(error),
    });
  const span = { sinceMs: 0, untilMs: 2 ** 52 };
  const begin = () => control.startRecovery(endpoint.key, span);
  const taskOf = (id: string) => reader.backgroundTask("org", id) ?? assert.fail();
  return { control, jobDb, endpoint, rows, resent, resend, timers, failures, start, begin, taskOf };
}

test("everything that has failed is sent again once, page by page, in the order of acceptance", async (t) => {
  const count = 2 * limits.recoveredTogether + 3;
  const { rows, resent, start, begin, taskOf } = await createWorld(t, count);
  const { id } = await begin();
  await start().wake();
  assert.deepEqual(resent, rows);
  const { status, resent: told } = taskOf(id);
  assert.deepEqual([status, told], ["finished", count]);
});

test("what was erased, delivered by hand, or is on its way again is left out", async (t) => {
  const { jobDb, endpoint, resent, start, begin } = await createWorld(t, 4);
  await jobDb.erasePayload(1);
  const manual = { round: 1, trigger: "manual", settlement: "delivered" } as const;
  const { key } = endpoint;
  const atMs = 1;
  await jobDb.commit(
    commitOf({
      resends: [
        { messageRow: 2, endpoint: key, trigger: "manual", atMs, asker: undefined },
        { messageRow: 3, endpoint: key, trigger: "scheduled", atMs, asker: undefined },
      ],
      attempts: [attemptOf(firstDeliveryOf(2), key, 5, manual)],
    }),
  );
  await begin();
  await start().wake();
  assert.deepEqual(resent, [4]);
});

test("a run that ends between resends and cursor sends nothing twice in the next, even if it failed again", async (t) => {
  const { control, jobDb, endpoint, rows, resent, start, begin, taskOf } = await createWorld(t, 5);
  const { id } = await begin();
  const dying = { advanceTask: () => Promise.reject(new Error("the process died")) };
  await start(dying).wake();
  assert.deepEqual(resent, rows);
  assert.equal(taskOf(id).cursor, undefined);
  // The first of them has been through its schedule by the time of the next run.
  const again = { round: 1, settlement: "exhausted" } as const;
  await jobDb.commit(
    commitOf({ attempts: [attemptOf(firstDeliveryOf(1), endpoint.key, 6, again)] }),
  );
  await start(control).wake();
  assert.deepEqual(resent, rows);
  assert.equal(taskOf(id).status, "finished");
});

test("what may pass is tried again later, from where it stood", async (t) => {
  const { control, rows, resent, resend, timers, failures, start, begin, taskOf } =
    await createWorld(t, 3);
  const { id } = await begin();
  let isOverloaded = true;
  const recoverer = start(control, {
    resend: async (resends) => {
      if (isOverloaded) throw new PosthornError("overloaded", "not now");
      await resend(resends);
    },
  });
  await recoverer.wake();
  await recoverer.wake();
  assert.equal(failures.length, 1, "told once");
  assert.equal(taskOf(id).status, "running");
  isOverloaded = false;
  timers.at(-1)?.();
  await recoverer.wake();
  assert.deepEqual(resent, rows);
  assert.equal(taskOf(id).status, "finished");
});

test("a recovery of an endpoint that is deleted meanwhile has failed", async (t) => {
  const { control, endpoint, resent, start, begin, taskOf } = await createWorld(t, 3);
  const { id } = await begin();
  await control.deleteEndpoint(endpoint.key);
  await start().wake();
  assert.deepEqual(resent, []);
  assert.equal(taskOf(id).status, "failed");
});

test("after its end a recoverer begins nothing", async (t) => {
  const { resent, start, begin } = await createWorld(t, 3);
  await begin();
  const recoverer = start();
  await recoverer.stop();
  await recoverer.wake();
  assert.deepEqual(resent, []);
});
