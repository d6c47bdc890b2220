/** What every pair of `ControlWriter` and `ControlReader` does about background tasks. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { BackgroundTask, ControlWriter } from "../../src/control/facade.ts";
import { limits } from "../../src/core/limits.ts";
import type { OpenControl } from "./control-store.ts";
import { newApplication, newEndpoint } from "./new-control-rows.ts";

const recovery = { sinceMs: 1_000, untilMs: 2_000 };
const page = { limit: 50, edge: undefined, order: "ascending", status: undefined } as const;

async function newOwner(writer: ControlWriter, organization = "org") {
  const { application } = await writer.createApplication(organization, newApplication(), false);
  return { application, endpoint: await writer.createEndpoint(application.key, newEndpoint()) };
}

export function taskConformance(open: OpenControl): void {
  it("tells of a recovery from its beginning to its end, to its organisation alone", async (t) => {
    const { writer, reader } = await open(t);
    const { application, endpoint } = await newOwner(writer);
    const task = await writer.startRecovery(endpoint.key, recovery);
    assert.match(task.id, /^qtask_[0-9A-Za-z]{27}$/);
    const { key, id, createdAtMs } = task;
    const expected: BackgroundTask = {
      key,
      id,
      organization: "org",
      type: "endpoint.recover",
      endpoint: endpoint.key,
      endpointId: endpoint.id,
      applicationId: application.id,
      ...recovery,
      status: "running",
      resent: 0,
      cursor: undefined,
      createdAtMs,
      updatedAtMs: createdAtMs,
    };
    assert.deepEqual(task, expected);
    assert.deepEqual(reader.backgroundTask("org", id), expected);
    assert.equal(reader.backgroundTask("other", id), undefined);
    assert.deepEqual(reader.runningTasks(), [expected]);
    await writer.advanceTask(key, { resent: 3, cursor: "msg_1", status: "running" });
    await writer.advanceTask(key, { resent: 4, cursor: undefined, status: "finished" });
    await writer.advanceTask(key, { resent: 5, cursor: "msg_2", status: "running" });
    const { resent, cursor, status } = reader.backgroundTask("org", id) ?? assert.fail();
    assert.deepEqual([resent, cursor, status], [7, "msg_1", "finished"]);
    assert.deepEqual(reader.runningTasks(), []);
  });

  it("lists tasks by their status, page by page", async (t) => {
    const { writer, reader } = await open(t);
    const { endpoint } = await newOwner(writer);
    const first = await writer.startRecovery(endpoint.key, recovery);
    const second = await writer.startRecovery(endpoint.key, recovery);
    await writer.advanceTask(first.key, { resent: 0, cursor: undefined, status: "failed" });
    const idsOf = (more: object) =>
      reader.backgroundTasks("org", { ...page, ...more }).map(({ id }) => id);
    const [low = "", high = ""] = [first.id, second.id].toSorted();
    assert.deepEqual(idsOf({}), [low, high]);
    assert.deepEqual(idsOf({ edge: low }), [high]);
    assert.deepEqual(idsOf({ order: "descending" }), [high, low]);
    assert.deepEqual(idsOf({ status: "running" }), [second.id]);
    assert.deepEqual(idsOf({ status: "failed" }), [first.id]);
    assert.deepEqual(reader.backgroundTasks("other", page), []);
  });

  it("refuses a recovery of a deleted endpoint, and more at once than there can be", async (t) => {
    const { writer } = await open(t);
    const { endpoint } = await newOwner(writer);
    for (let count = 0; count < limits.backgroundTasksRunningMax; count += 1) {
      await writer.startRecovery(endpoint.key, recovery);
    }
    const conflict = { name: "PosthornError", code: "conflict" };
    await assert.rejects(writer.startRecovery(endpoint.key, recovery), conflict);
    const other = await newOwner(writer, "other");
    await writer.deleteEndpoint(other.endpoint.key);
    await assert.rejects(writer.startRecovery(other.endpoint.key, recovery), conflict);
  });
}
