import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attemptOf,
  baseAtMs,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../test/conformance/job-db-rows.ts";
import { newEndpoint } from "../../test/conformance/new-control-rows.ts";
import { scratchTasks } from "../../test/conformance/scratch-tasks.ts";
import type { NewResend } from "../director/facade.ts";

test("a replay of the archive reads up to what is missing, asks for that, and goes on when it is there", async (t) => {
  const { archived, rows, resent, start, begin, taskOf } = await scratchTasks(t, 5);
  archived.reach = { kind: "waits" };
  const { id } = await begin({ type: "endpoint.bulk-replay", filter: { archived: true } });
  const runner = start();
  await runner.wake();
  assert.deepEqual([resent, archived.asked], [[], 0]);
  archived.reach = { kind: "reached", untilMs: baseAtMs + 3 };
  await runner.wake();
  assert.deepEqual([resent, archived.asked], [[1, 2], 1]);
  assert.equal(taskOf(id).status, "running");
  archived.reach = { kind: "reached", untilMs: Infinity };
  await runner.wake();
  assert.deepEqual([resent, archived.asked], [rows, 1]);
  assert.equal(taskOf(id).status, "finished");
});

test("a replay of an application's archive goes to each endpoint that is enabled, as its delivery there stands", async (t) => {
  const { control, application, jobDb, endpoint, start, begin, taskOf } = await scratchTasks(t, 1);
  const second = await control.createEndpoint(application.key, newEndpoint());
  const third = await control.createEndpoint(application.key, newEndpoint());
  await control.changeEndpoint(third.key, { disabled: true });
  const to = [endpoint.key, second.key, third.key];
  const [delivered, exhausted] = ["delivered", "exhausted"] as const;
  await jobDb.commit(
    commitOf({
      messages: [messageTo(to, 2), messageTo(to, 3)],
      attempts: [
        attemptOf(firstDeliveryOf(2), endpoint.key, 2, { settlement: delivered, statusCode: 200 }),
        attemptOf(firstDeliveryOf(2) + 1, second.key, 3, { settlement: exhausted }),
        attemptOf(firstDeliveryOf(2) + 2, third.key, 4, { settlement: exhausted }),
      ],
    }),
  );
  const sent: (readonly [number, number])[] = [];
  const record = async (resends: readonly NewResend[]): Promise<void> =>
    void sent.push(...resends.map((each) => [each.message.row, each.endpoint] as const));
  const replay = { type: "endpoint.bulk-replay" } as const;
  const { id } = await begin({ ...replay, filter: { archived: true, state: "failed" } }, "all");
  await start(control, { resend: record }).wake();
  assert.deepEqual(sent.splice(0), [
    [1, endpoint.key],
    [2, second.key],
  ]);
  const { status, done, examined, endpointId } = taskOf(id);
  assert.deepEqual([status, done, examined, endpointId], ["finished", 2, 3, undefined]);
  await begin({ ...replay, filter: { archived: true } }, "all");
  await start(control, { resend: record }).wake();
  assert.deepEqual(sent, [
    [1, endpoint.key],
    [2, endpoint.key],
    [2, second.key],
  ]);
});

test("a replay of the archive fails for what can't be read, and holds up no other task", async (t) => {
  const { archived, rows, resent, start, begin, taskOf } = await scratchTasks(t, 2);
  archived.reach = { kind: "unreadable" };
  const { id } = await begin({ type: "endpoint.bulk-replay", filter: { archived: true } });
  const other = await begin();
  await start().wake();
  assert.deepEqual([taskOf(id).status, taskOf(id).failure], ["failed", "archive_unreadable"]);
  assert.deepEqual([resent, taskOf(other.id).status], [rows, "finished"]);
});
