import { assert } from "../core/errors.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { toBackgroundTask } from "./background-task-row.ts";
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
  const endpoint = store.endpoint(endpointKeyOf(row.endpoint));
  const application = endpoint && store.application(applicationKeyOf(endpoint.application));
  assert(endpoint !== undefined && application !== undefined, "rows that are referred to stay");
  const ids = { endpoint_id: endpoint.id, application_id: application.id };
  if (row.status !== "running") return toBackgroundTask(row, ids);
  const cancelled = { ...row, status: "cancelled", updated_at_ms: atMs } as const;
  store.writeRow("background_task", cancelled);
  return toBackgroundTask(cancelled, ids);
}
