import type { ControlWrite } from "./control-write.ts";
import { eventTypeColumnsOf, toEventType, type EventTypeRow } from "./event-type-row.ts";
import type { EventType, NewEventType } from "./entities.ts";

/** Gives an event type that is there these fields. */
export function replaceEventType(
  { store, atMs }: ControlWrite,
  row: EventTypeRow,
  input: NewEventType,
): EventType {
  const next = { ...row, ...eventTypeColumnsOf(input), updated_at_ms: atMs };
  store.writeRow("event_type", next);
  return toEventType(next);
}
