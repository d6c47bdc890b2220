/**
 * What the operator can be told of endpoints and deliveries: Svix's operational webhooks, in the shapes of the
 * `webhooks` in its server's OpenAPI document.
 */
export const endpointEventTypes = [
  "endpoint.created",
  "endpoint.updated",
  "endpoint.deleted",
  "endpoint.disabled",
] as const;
export type EndpointEventType = (typeof endpointEventTypes)[number];

export const attemptEventTypes = [
  "message.attempt.exhausted",
  "message.attempt.failing",
  "message.attempt.recovered",
] as const;
export type AttemptEventType = (typeof attemptEventTypes)[number];

export const operationalEventTypes = [...endpointEventTypes, ...attemptEventTypes] as const;

/** The body of an `endpoint.*` event. */
export interface EndpointEvent {
  readonly type: EndpointEventType;
  readonly data: {
    readonly appId: string;
    readonly appUid: string | null;
    readonly endpointId: string;
    readonly endpointUid: string | null;
    /** Since when it has failed (RFC 3339); of `endpoint.disabled` alone. */
    readonly failSince?: string;
  };
}
