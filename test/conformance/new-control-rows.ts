import type { AuditedCall } from "../../src/control/audit.ts";
import type { Written } from "../../src/control/control-store.ts";
import type { EventTypeRow } from "../../src/control/event-type-row.ts";
import type { NewApplication, NewEndpoint, NewEventType } from "../../src/control/entities.ts";

/** An application as plain as it can be, but for `fields`. */
export function newApplication(fields: Partial<NewApplication> = {}): NewApplication {
  return {
    uid: undefined,
    name: "Acme",
    throttleRate: undefined,
    retentionDays: undefined,
    metadata: {},
    ...fields,
  };
}

/** An endpoint as plain as it can be, but for `fields`. */
export function newEndpoint(fields: Partial<NewEndpoint> = {}): NewEndpoint {
  return {
    uid: undefined,
    url: "https://example.com/hook",
    description: "",
    disabled: false,
    eventTypes: undefined,
    channels: undefined,
    throttleRate: undefined,
    ordered: false,
    metadata: {},
    secret: undefined,
    headers: {},
    basicAuth: undefined,
    tls: undefined,
    ...fields,
  };
}

/** An event type as plain as it can be, but for `fields`. */
export function newEventType(fields: Partial<NewEventType> = {}): NewEventType {
  return {
    name: "invoice.paid",
    description: "",
    archived: false,
    deprecated: false,
    featureFlag: undefined,
    schemas: undefined,
    ...fields,
  };
}

/** A new row of an event type of the organisation `org`, as the control store writes it. */
export function eventTypeRow(name: string): Written<EventTypeRow> {
  return {
    key: null,
    organization: "org",
    name,
    description: "",
    archived: 0,
    deprecated: 0,
    feature_flag: null,
    schemas: null,
    created_at_ms: 1,
    updated_at_ms: 1,
    deleted_at_ms: null,
  };
}

/** Who asks for what, where that does not matter. */
export const somebody: AuditedCall = {
  organization: "org",
  credential: { kind: "token", id: "0".repeat(32) },
  scope: undefined,
  client: "127.0.0.1",
  operation: "v1.test",
  application: undefined,
  subjects: {},
};
