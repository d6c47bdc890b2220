import { PosthornError } from "../core/errors.ts";
import type { ControlWrite } from "./control-write.ts";
import { toEventType, type EventTypeRow } from "./event-type-row.ts";
import type { EventType, NewEventType, OrganizationId } from "./facade.ts";

/** @throws PosthornError `conflict` if the name is taken, by an archived one too */
export function createEventType(
  { store, atMs }: ControlWrite,
  organization: OrganizationId,
  input: NewEventType,
): EventType {
  if (store.isEventTypeNameTaken(organization, input.name)) {
    throw new PosthornError("conflict", "an event type with this name exists already");
  }
  const row: Omit<EventTypeRow, "key"> = {
    organization,
    name: input.name,
    description: input.description,
    archived: input.archived ? 1 : 0,
    deprecated: input.deprecated ? 1 : 0,
    feature_flag: input.featureFlag ?? null,
    schemas: input.schemas === undefined ? null : JSON.stringify(input.schemas),
    created_at_ms: atMs,
    updated_at_ms: atMs,
    deleted_at_ms: null,
  };
  const key = store.writeRow("event_type", { ...row, key: null });
  return toEventType({ ...row, key });
}
