import type { ControlWrite } from "./control-write.ts";
import { toEventType } from "./event-type-row.ts";
import type { EventType, EventTypeChanges, OrganizationId } from "./entities.ts";
import { replaceEventType } from "./replace-event-type.ts";

/** Undefined: there is none of this name. */
export function changeEventType(
  write: ControlWrite,
  organization: OrganizationId,
  name: string,
  changes: EventTypeChanges,
): EventType | undefined {
  const row = write.store.eventType(organization, name);
  return row === undefined
    ? undefined
    : replaceEventType(write, row, { ...toEventType(row), ...changes });
}
