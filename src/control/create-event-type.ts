import { PosthornError } from "../core/errors.ts";
import type { ControlWrite } from "./control-write.ts";
import { eventTypeColumnsOf, toEventType, type EventTypeRow } from "./event-type-row.ts";
import type { EventType, NewEventType, OrganizationId } from "./entities.ts";
import { replaceEventType } from "./replace-event-type.ts";

/**
 * Creating is also how an archived event type comes back (Svix's contract says so of its deletion).
 *
 * @throws PosthornError `conflict` if the name is taken by one that is not archived
 */
export function createEventType(
  write: ControlWrite,
  organization: OrganizationId,
  input: NewEventType,
): EventType {
  const { store, atMs } = write;
  const taken = store.eventType(organization, input.name);
  if (taken?.archived === 1) return replaceEventType(write, taken, input);
  if (taken !== undefined) {
    throw new PosthornError("conflict", "an event type with this name exists already");
  }
  const row: Omit<EventTypeRow, "key"> = {
    organization,
    ...eventTypeColumnsOf(input),
    created_at_ms: atMs,
    updated_at_ms: atMs,
    deleted_at_ms: null,
  };
  const key = store.writeRow("event_type", { ...row, key: null });
  return toEventType({ ...row, key });
}
