import { PosthornError } from "../core/errors.ts";
import type { ApplicationKey } from "../core/ids.ts";
import { applicationColumnsOf, toApplication } from "./application-row.ts";
import type { ControlWrite } from "./control-write.ts";
import type { Application, ApplicationChanges } from "./entities.ts";

/**
 * Undefined: it has been deleted.
 *
 * @throws PosthornError `conflict` if the uid is another application's
 */
export function changeApplication(
  { store, atMs }: ControlWrite,
  application: ApplicationKey,
  changes: ApplicationChanges,
): Application | undefined {
  const row = store.application(application);
  if (row === undefined || row.deleted_at_ms !== null) return undefined;
  const { uid } = changes;
  const holder = uid === undefined ? undefined : store.applicationByUid(row.organization, uid);
  if (holder !== undefined && holder.key !== row.key) {
    throw new PosthornError("conflict", "an application with this uid exists already");
  }
  const next = {
    ...row,
    ...applicationColumnsOf({ ...toApplication(row), ...changes }),
    updated_at_ms: atMs,
  };
  store.writeRow("application", next);
  return toApplication(next);
}
