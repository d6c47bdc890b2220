import type { ControlWrite } from "./control-write.ts";
import { createEventType } from "./create-event-type.ts";
import type { EventType, NewEventType, OrganizationId } from "./entities.ts";
import { replaceEventType } from "./replace-event-type.ts";

/** Replaces the event type of this name, or creates it. */
export function putEventType(
  write: ControlWrite,
  organization: OrganizationId,
  input: NewEventType,
): { readonly eventType: EventType; readonly created: boolean } {
  const row = write.store.eventType(organization, input.name);
  return row === undefined
    ? { eventType: createEventType(write, organization, input), created: true }
    : { eventType: replaceEventType(write, row, input), created: false };
}
