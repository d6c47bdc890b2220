import { applicationIdOf } from "../core/ids.ts";
import { toApplication, type ApplicationRow } from "./application-row.ts";
import { idRandomBytes, type ControlWrite } from "./control-write.ts";
import type { Application, OrganizationId } from "./entities.ts";

/** The organisation's operational application; made if there is none yet. */
export function putOperationalApplication(
  { store, atMs, randomBytes }: ControlWrite,
  organization: OrganizationId,
): Application {
  const existing = store.operationalApplication(organization);
  if (existing !== undefined) return toApplication(existing);
  const row: Omit<ApplicationRow, "key"> = {
    id: applicationIdOf(atMs, randomBytes(idRandomBytes)),
    organization,
    uid: null,
    name: "Operational webhooks",
    throttle_rate: null,
    retention_days: null,
    metadata: "{}",
    created_at_ms: atMs,
    updated_at_ms: atMs,
    deleted_at_ms: null,
    purpose: "operational",
  };
  return toApplication({ ...row, key: store.writeRow("application", { ...row, key: null }) });
}
