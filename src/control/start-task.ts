import { PosthornError } from "../core/errors.ts";
import { backgroundTaskIdOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { ApplicationRow } from "./application-row.ts";
import { type BackgroundTaskRow, type TaskOwner, toBackgroundTask } from "./background-task-row.ts";
import type { ControlStore } from "./control-store.ts";
import { type ControlWrite, idRandomBytes } from "./control-write.ts";
import type { BackgroundTask, NewTask, TaskScope } from "./entities.ts";

/**
 * Also erases some tasks that ended long ago.
 *
 * @throws PosthornError `conflict` if endpoint or application is deleted, or the organisation has as many tasks running as it can
 */
export function startTask(
  { store, atMs, randomBytes }: ControlWrite,
  scope: TaskScope,
  { type, sinceMs, untilMs, filter, total }: NewTask,
): BackgroundTask {
  const { organization, owner } = ownerOf(store, scope);
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
    endpoint: scope.endpoint ?? null,
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
    application: scope.application,
    failure: null,
  };
  const key = store.writeRow("background_task", { ...row, key: null });
  return toBackgroundTask({ ...row, key }, owner);
}

function ownerOf(
  store: ControlStore,
  scope: TaskScope,
): { readonly organization: ApplicationRow["organization"]; readonly owner: TaskOwner } {
  const application = store.application(scope.application);
  if (application === undefined || application.deleted_at_ms !== null)
    throw new PosthornError("conflict", "the application has been deleted");
  const endpoint = scope.endpoint === undefined ? undefined : store.endpoint(scope.endpoint);
  const isGone = endpoint === undefined || endpoint.deleted_at_ms !== null;
  if (scope.endpoint !== undefined && isGone)
    throw new PosthornError("conflict", "the endpoint has been deleted");
  return {
    organization: application.organization,
    owner: {
      application_key: application.key,
      application_id: application.id,
      endpoint_id: endpoint?.id ?? null,
    },
  };
}
