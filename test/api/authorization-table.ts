/** What each operation answers to whom; `authorization.test.ts` compares the OpenAPI document and the server with it. */

export interface Row {
  /** Who may: anybody, the organisation, or also one of its applications (with itself only, if one is in the path). */
  readonly scope: "anybody" | "organization" | "application";
  /** What another organisation's token is answered, with the first one's application in the path. */
  readonly otherOrganization: number;
  /** Valid, so that a refusal is not about it. */
  readonly body?: unknown;
  /** The same: with its `?`. */
  readonly query?: string;
}

const emptyBody = {};
const endpoint = { url: "https://a.example/" };
const eventType = { name: "order.made", description: "Made" };
const message = { eventType: "order.made", payload: {} };

/** By operation id. */
export const authorizationTable: Readonly<Record<string, Row>> = {
  "v1.health.get": { scope: "anybody", otherOrganization: 204 },
  "v1.health.ping": { scope: "anybody", otherOrganization: 204 },

  "v1.application.list": { scope: "organization", otherOrganization: 200 },
  "v1.application.create": { scope: "organization", otherOrganization: 201, body: { name: "a" } },
  "v1.application.get": { scope: "application", otherOrganization: 404 },
  "v1.application.update": { scope: "organization", otherOrganization: 404, body: { name: "a" } },
  patch_application: { scope: "organization", otherOrganization: 404, body: emptyBody },
  "v1.application.delete": { scope: "organization", otherOrganization: 404 },

  "v1.endpoint.list": { scope: "application", otherOrganization: 404 },
  "v1.endpoint.create": { scope: "application", otherOrganization: 404, body: endpoint },
  "v1.endpoint.get": { scope: "application", otherOrganization: 404 },
  "v1.endpoint.update": { scope: "application", otherOrganization: 404, body: endpoint },
  patch_endpoint: { scope: "application", otherOrganization: 404, body: emptyBody },
  "v1.endpoint.delete": { scope: "application", otherOrganization: 404 },
  "v1.endpoint.get-headers": { scope: "application", otherOrganization: 404 },
  "v1.endpoint.update-headers": {
    scope: "application",
    otherOrganization: 404,
    body: { headers: {} },
  },
  "v1.endpoint.patch-headers": {
    scope: "application",
    otherOrganization: 404,
    body: { headers: {} },
  },
  "v1.endpoint.get-secret": { scope: "application", otherOrganization: 404 },
  "v1.endpoint.rotate-secret": { scope: "application", otherOrganization: 404, body: emptyBody },
  "v1.endpoint.get-stats": { scope: "application", otherOrganization: 404 },
  "v1.endpoint.get-queue": { scope: "application", otherOrganization: 404 },
  "v1.endpoint.count-queue": { scope: "application", otherOrganization: 404 },
  "v1.endpoint.cancel-matching": {
    scope: "application",
    otherOrganization: 404,
    body: emptyBody,
  },
  "v1.endpoint.cancel-queue": { scope: "application", otherOrganization: 404 },
  "v1.endpoint.pause": { scope: "organization", otherOrganization: 404 },
  "v1.endpoint.resume": { scope: "organization", otherOrganization: 404 },
  "v1.endpoint.probe": { scope: "application", otherOrganization: 404 },
  "v1.endpoint.send-example": {
    scope: "application",
    otherOrganization: 404,
    body: { eventType: "order.made" },
  },
  "v1.endpoint.recover": {
    scope: "application",
    otherOrganization: 404,
    body: { since: "2026-11-21T00:00:00Z" },
  },
  "v1.endpoint.replay-missing": {
    scope: "application",
    otherOrganization: 404,
    body: { since: "2026-11-21T00:00:00Z" },
  },
  "v1.endpoint.bulk-replay": {
    scope: "application",
    otherOrganization: 404,
    body: { since: "2026-11-21T00:00:00Z", status: 0 },
  },

  "v1.arrival.list": { scope: "application", otherOrganization: 404 },
  "v1.arrival.stream": { scope: "application", otherOrganization: 404, query: "?limit=1" },
  "v1.arrival.listen": { scope: "application", otherOrganization: 404, query: "?limit=1" },
  "v1.arrival.answer": { scope: "application", otherOrganization: 404, body: { status: 200 } },

  "v1.event-type.list": { scope: "application", otherOrganization: 200 },
  "v1.event-type.create": { scope: "organization", otherOrganization: 201, body: eventType },
  "v1.event-type.get": { scope: "application", otherOrganization: 404 },
  "v1.event-type.update": {
    scope: "organization",
    otherOrganization: 201,
    body: { description: "Made" },
  },
  patch_event_type: { scope: "organization", otherOrganization: 404, body: emptyBody },
  "v1.event-type.delete": { scope: "organization", otherOrganization: 404 },

  "v1.message.list": { scope: "application", otherOrganization: 404 },
  "v1.message.create": { scope: "organization", otherOrganization: 404, body: message },
  "v1.message.create-batch": { scope: "organization", otherOrganization: 404, body: [message] },
  "v1.message.get": { scope: "application", otherOrganization: 404 },
  "v1.message.expunge-content": { scope: "organization", otherOrganization: 404 },
  "v1.message-attempt.list-by-endpoint": { scope: "application", otherOrganization: 404 },
  "v1.message-attempt.list-by-msg": { scope: "application", otherOrganization: 404 },
  "v1.message-attempt.list-attempted-messages": { scope: "application", otherOrganization: 404 },
  "v1.message-attempt.list-attempted-destinations": {
    scope: "application",
    otherOrganization: 404,
  },
  "v1.message-attempt.get": { scope: "application", otherOrganization: 404 },
  "v1.message-attempt.expunge-content": { scope: "organization", otherOrganization: 404 },
  "v1.message-attempt.resend": { scope: "application", otherOrganization: 404 },

  "v1.authentication.app-portal-access": {
    scope: "organization",
    otherOrganization: 404,
    body: emptyBody,
  },
  // 403 to every token of an organisation.
  logout_api_v1_auth_logout__post: { scope: "application", otherOrganization: 403 },
  "v1.application.archive-replay": {
    scope: "organization",
    otherOrganization: 404,
    body: { since: "2026-11-21T00:00:00Z", status: 2 },
  },
  "v1.background-task.list": { scope: "organization", otherOrganization: 200 },
  "v1.background-task.get": { scope: "application", otherOrganization: 404 },
  "v1.background-task.cancel": { scope: "organization", otherOrganization: 404 },

  "v1.erasure.create": {
    scope: "organization",
    otherOrganization: 404,
    body: { application: "own" },
  },
  "v1.erasure.list": { scope: "organization", otherOrganization: 200 },
  "v1.erasure.get": { scope: "organization", otherOrganization: 404 },

  "v1.audit-log.list": { scope: "organization", otherOrganization: 200 },

  "v1.archive.list": { scope: "organization", otherOrganization: 200 },
  "v1.job-db.list": { scope: "organization", otherOrganization: 200 },
  "v1.overview.get": { scope: "organization", otherOrganization: 200 },
  "v1.activity.stream": { scope: "organization", otherOrganization: 200, query: "?limit=1" },
  "v1.application.stream-activity": {
    scope: "application",
    otherOrganization: 404,
    query: "?limit=1",
  },
  "v1.overview.stream": { scope: "organization", otherOrganization: 200, query: "?limit=1" },

  "v1.api-key.create": { scope: "organization", otherOrganization: 201, body: { name: "CI" } },
  "v1.api-key.list": { scope: "organization", otherOrganization: 200 },
  "v1.api-key.delete": { scope: "organization", otherOrganization: 404 },

  "v1.operational-webhook.endpoint.list": { scope: "organization", otherOrganization: 200 },
  "v1.operational-webhook.endpoint.create": {
    scope: "organization",
    otherOrganization: 201,
    body: endpoint,
  },
  "v1.operational-webhook.endpoint.get": { scope: "organization", otherOrganization: 404 },
  "v1.operational-webhook.endpoint.update": {
    scope: "organization",
    otherOrganization: 404,
    body: endpoint,
  },
  "v1.operational-webhook.endpoint.delete": { scope: "organization", otherOrganization: 404 },
  "v1.operational-webhook.endpoint.get-headers": { scope: "organization", otherOrganization: 404 },
  "v1.operational-webhook.endpoint.update-headers": {
    scope: "organization",
    otherOrganization: 404,
    body: { headers: {} },
  },
  "v1.operational-webhook.endpoint.get-secret": { scope: "organization", otherOrganization: 404 },
  "v1.operational-webhook.endpoint.rotate-secret": {
    scope: "organization",
    otherOrganization: 404,
    body: emptyBody,
  },
  "v1.operational-webhook.endpoint.list-attempts": {
    scope: "organization",
    otherOrganization: 404,
  },
};

/** What a token that only reads may do, if an application's may: none of it changes anything or tells what signs. */
export const readersMay: ReadonlySet<string> = new Set([
  "v1.application.get",
  "v1.application.stream-activity",
  "v1.endpoint.list",
  "v1.endpoint.get",
  "v1.endpoint.get-headers",
  "v1.endpoint.get-stats",
  "v1.endpoint.get-queue",
  "v1.endpoint.count-queue",
  "v1.arrival.list",
  "v1.arrival.stream",
  "v1.event-type.list",
  "v1.event-type.get",
  "v1.message.list",
  "v1.message.get",
  "v1.message-attempt.list-by-endpoint",
  "v1.message-attempt.list-by-msg",
  "v1.message-attempt.list-attempted-messages",
  "v1.message-attempt.list-attempted-destinations",
  "v1.message-attempt.get",
  "v1.background-task.get",
  // Its own end.
  "logout_api_v1_auth_logout__post",
]);
