import { PosthornError } from "../core/errors.ts";
import { applicationKeyOf, backgroundTaskIdOf, type EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { type BackgroundTaskRow, toBackgroundTask } from "./background-task-row.ts";
import { type ControlWrite, idRandomBytes } from "./control-write.ts";
import type { BackgroundTask, NewTask } from "./entities.ts";

/**
 * Also erases some tasks that ended long ago.
 *
 * @throws PosthornError `conflict` if the endpoint is deleted, or the organisation has as many tasks running as it can
 */
export function startTask(
  { store, atMs, randomBytes }: ControlWrite,
  endpoint: EndpointKey,
  { type, sinceMs, untilMs, filter, total }: NewTask,
): BackgroundTask {
  const owner = store.endpoint(endpoint);
  const application = owner && store.application(applicationKeyOf(owner.application));
  if (owner === undefined || application === undefined || owner.deleted_at_ms !== null) {
    throw new PosthornError("conflict", "the endpoint has been deleted");
  }
  const { organization } = application;
  const most = limits.backgroundTasksRunningMax;
  if (store.runningTaskCount(organization) >= most) {
    throw new PosthornError("conflict", `${most} tasks are running, the most there can be`);
  }
  const endedBeforeMs = atMs - limits.backgroundTasksKeptMs;
  for (const key of store.endedTasks(endedBeforeMs, limits.backgroundTasksErasedPerStart)) {
    store.eraseRow("background_task", key);
  }
  const row: Omit<BackgroundTaskRow, "key"> = {
    id: backgroundTaskIdOf(atMs, randomBytes(idRandomBytes)),
    organization,
    type,
    endpoint,
    since_ms: sinceMs,
    until_ms: untilMs,
    status: "running",
    resent: 0,
    cursor: null,
    created_at_ms: atMs,
    updated_at_ms: atMs,
    filter: JSON.stringify(filter),
    total: total ?? null,
    examined: 0,
  };
  const key = store.writeRow("background_task", { ...row, key: null });
  const ids = { endpoint_id: owner.id, application_id: application.id };
  return toBackgroundTask({ ...row, key }, ids);
}
