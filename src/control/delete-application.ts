import type { ApplicationKey } from "../core/ids.ts";
import type { ControlWrite } from "./control-write.ts";

/**
 * With its endpoints, each with a ledger entry of its own, so that whoever keeps something of one is told. Writes nothing
 * if it is deleted already.
 */
export function deleteApplication(
  { store, atMs }: ControlWrite,
  application: ApplicationKey,
): void {
  const row = store.application(application);
  if (row === undefined || row.deleted_at_ms !== null) return;
  const deleted = { updated_at_ms: atMs, deleted_at_ms: atMs };
  for (const endpoint of store.endpoints(application)) {
    store.writeRow("endpoint", { ...endpoint, ...deleted });
  }
  store.writeRow("application", { ...row, ...deleted });
}
