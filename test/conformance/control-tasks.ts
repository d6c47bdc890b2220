/** What every pair of `ControlWriter` and `ControlReader` does about background tasks. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { ControlWriter } from "../../src/control/facade.ts";
import type { BackgroundTask, Endpoint, TaskScope } from "../../src/control/entities.ts";
import { limits } from "../../src/core/limits.ts";
import type { OpenControl } from "./control-store.ts";
import { newApplication, newEndpoint } from "./new-control-rows.ts";

const recovery = {
  type: "endpoint.recover",
  sinceMs: 1_000,
  untilMs: 2_000,
  filter: {},
  total: undefined,
} as const;
/** A task's scope. */
function of({ application, key }: Endpoint): TaskScope {
  return { application, endpoint: key };
}

const page = {
  limit: 50,
  edge: undefined,
  order: "ascending",
  statuses: undefined,
  types: undefined,
} as const;

const failed = { status: "failed", failure: "archive_unreadable" } as const;
const nothing = { done: 0, examined: 0, cursor: undefined } as const;

async function newOwner(writer: ControlWriter, organization = "org") {
  const { application } = await writer.createApplication(organization, newApplication(), false);
  return { application, endpoint: await writer.createEndpoint(application.key, newEndpoint()) };
}

export function taskConformance(open: OpenControl): void {
  it("tells of a recovery from its beginning to its end, to its organisation alone", async (t) => {
    const { writer, reader } = await open(t);
    const { application, endpoint } = await newOwner(writer);
    const task = await writer.startTask(of(endpoint), recovery);
    assert.match(task.id, /^qtask_[0-9A-Za-z]{27}$/);
    const { key, id, createdAtMs } = task;
    const expected: BackgroundTask = {
      key,
      id,
      organization: "org",
      application: application.key,
      endpoint: endpoint.key,
      endpointId: endpoint.id,
      applicationId: application.id,
      ...recovery,
      status: "running",
      failure: undefined,
      done: 0,
      examined: 0,
      cursor: undefined,
      createdAtMs,
      updatedAtMs: createdAtMs,
    };
    assert.deepEqual(task, expected);
    assert.deepEqual(reader.backgroundTask("org", id), expected);
    assert.equal(reader.backgroundTask("other", id), undefined);
    assert.deepEqual(reader.runningTasks(), [expected]);
    await writer.advanceTask(key, { done: 3, examined: 5, cursor: "msg_1", status: "running" });
    await writer.advanceTask(key, {
      done: 4,
      examined: 4,
      cursor: undefined,
      status: "finished",
    });
    await writer.advanceTask(key, { done: 5, examined: 5, cursor: "msg_2", status: "running" });
    const { done, examined, cursor, status } = reader.backgroundTask("org", id) ?? assert.fail();
    assert.deepEqual([done, examined, cursor, status], [7, 9, "msg_1", "finished"]);
    assert.deepEqual(reader.runningTasks(), []);
  });

  it("keeps what a task is about", async (t) => {
    const { writer, reader } = await open(t);
    const { endpoint } = await newOwner(writer);
    const filter = {
      eventTypes: ["order.made"],
      channel: "vip",
      tag: "a",
      state: "failed",
    } as const;
    const replay = { ...recovery, type: "endpoint.bulk-replay", filter, total: 12 } as const;
    const { id } = await writer.startTask(of(endpoint), replay);
    const { type, filter: kept, total } = reader.backgroundTask("org", id) ?? assert.fail();
    assert.deepEqual([type, kept, total], ["endpoint.bulk-replay", filter, 12]);
  });

  it("cancels a running task for its organisation alone, and counts the step that was under way", async (t) => {
    const { writer, reader } = await open(t);
    const { endpoint } = await newOwner(writer);
    const { key, id } = await writer.startTask(of(endpoint), recovery);
    assert.equal(await writer.cancelTask("other", id), false);
    const cancelled = await writer.cancelTask("org", id);
    assert.deepEqual(cancelled, reader.backgroundTask("org", id));
    assert.deepEqual(reader.runningTasks(), []);
    await writer.advanceTask(key, { done: 2, examined: 3, cursor: "msg_1", status: "finished" });
    const { done, examined, status } = reader.backgroundTask("org", id) ?? assert.fail();
    assert.deepEqual([done, examined, status], [2, 3, "cancelled"]);
    const finished = await writer.startTask(of(endpoint), recovery);
    await writer.advanceTask(finished.key, { ...nothing, status: "finished" });
    const left = await writer.cancelTask("org", finished.id);
    assert.equal(left !== false && left.status, "finished");
  });

  it("lists tasks by their status and type, page by page", async (t) => {
    const { writer, reader } = await open(t);
    const { endpoint } = await newOwner(writer);
    const first = await writer.startTask(of(endpoint), recovery);
    const second = await writer.startTask(of(endpoint), recovery);
    await writer.advanceTask(first.key, { ...nothing, ...failed });
    const idsOf = (more: object) =>
      reader.backgroundTasks("org", { ...page, ...more }).map(({ id }) => id);
    const [low = "", high = ""] = [first.id, second.id].toSorted();
    assert.deepEqual(idsOf({}), [low, high]);
    assert.deepEqual(idsOf({ edge: low }), [high]);
    assert.deepEqual(idsOf({ order: "descending" }), [high, low]);
    assert.deepEqual(idsOf({ statuses: ["running"] }), [second.id]);
    assert.deepEqual(idsOf({ statuses: ["failed", "cancelled"] }), [first.id]);
    assert.deepEqual(idsOf({ types: ["endpoint.replay", "endpoint.recover"] }), [low, high]);
    assert.deepEqual(idsOf({ types: ["endpoint.replay"] }), []);
    assert.deepEqual(reader.backgroundTasks("other", page), []);
  });

  it("refuses a recovery of a deleted endpoint, and more at once than there can be", async (t) => {
    const { writer } = await open(t);
    const { endpoint } = await newOwner(writer);
    for (let count = 0; count < limits.backgroundTasksRunningMax; count += 1) {
      await writer.startTask(of(endpoint), recovery);
    }
    const conflict = { name: "PosthornError", code: "conflict" };
    await assert.rejects(writer.startTask(of(endpoint), recovery), conflict);
    const other = await newOwner(writer, "other");
    await writer.deleteEndpoint(other.endpoint.key);
    await assert.rejects(writer.startTask(of(other.endpoint), recovery), conflict);
  });
}
