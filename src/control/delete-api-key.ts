import type { ControlWrite } from "./control-write.ts";
import type { OrganizationId } from "./entities.ts";

/** Whether the organisation had this key until now. */
export function deleteApiKey(
  { store, atMs }: ControlWrite,
  organization: OrganizationId,
  id: string,
): boolean {
  const row = store.apiKeyById(organization, id);
  if (row === undefined) return false;
  store.writeRow("api_key", { ...row, deleted_at_ms: atMs });
  return true;
}
