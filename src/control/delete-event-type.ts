import type { ControlWrite } from "./control-write.ts";
import type { OrganizationId } from "./entities.ts";

/** Its name is free then. False: there is none of this name. */
export function deleteEventType(
  { store, atMs }: ControlWrite,
  organization: OrganizationId,
  name: string,
): boolean {
  const row = store.eventType(organization, name);
  if (row === undefined) return false;
  store.writeRow("event_type", { ...row, updated_at_ms: atMs, deleted_at_ms: atMs });
  return true;
}
