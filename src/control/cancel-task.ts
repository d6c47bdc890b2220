import { assert } from "../core/errors.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { type BackgroundTaskRow, type TaskOwner, toBackgroundTask } from "./background-task-row.ts";
import type { ControlStore } from "./control-store.ts";
import type { ControlWrite } from "./control-write.ts";
import type { BackgroundTask, OrganizationId } from "./entities.ts";

/** Ends a running task; one that has ended stays as it is. False: the organisation has none with this id. */
export function cancelTask(
  { store, atMs }: ControlWrite,
  organization: OrganizationId,
  id: string,
): BackgroundTask | false {
  const row = store.backgroundTaskById(organization, id);
  if (row === undefined) return false;
  const owner = ownerOf(store, row);
  if (row.status !== "running") return toBackgroundTask(row, owner);
  const cancelled = { ...row, status: "cancelled", updated_at_ms: atMs } as const;
  store.writeRow("background_task", cancelled);
  return toBackgroundTask(cancelled, owner);
}

/** A deleted one too: rows that are referred to stay. */
function ownerOf(store: ControlStore, row: BackgroundTaskRow): TaskOwner {
  const endpoint = row.endpoint === null ? undefined : store.endpoint(endpointKeyOf(row.endpoint));
  const key = row.application ?? endpoint?.application;
  const application = key === undefined ? undefined : store.application(applicationKeyOf(key));
  assert(application !== undefined, "a task is of an application");
  return {
    application_key: application.key,
    application_id: application.id,
    endpoint_id: endpoint?.id ?? null,
  };
}
