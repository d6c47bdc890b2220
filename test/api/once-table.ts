/** How each POST is repeated under one key; `once.test.ts` compares the OpenAPI document with it, and the server's answers. */
import type { TestApi } from "./test-api.ts";

export interface Row {
  /**
   * Its path, in the organisation that has the application `shop` with the endpoint `main`, and the operational endpoint `own`.
   * `{task}` stands for the id of a running task.
   */
  readonly path: string;
  readonly body?: unknown;
  /** Another valid one. */
  readonly otherBody?: unknown;
  readonly status: number;
  /** Whether it changes nothing that can be read. */
  readonly isWithoutEffect?: true;
  /** Whether all its answers are the same. */
  readonly saysNothing?: true;
  /** Of an application instead of the organisation. */
  readonly application?: "shop";
}

const message = { eventType: "order.made", payload: { first: true }, eventId: "evt-1" };
const otherMessage = { eventType: "order.paid", payload: { first: false } };

/** By operation id. */
export const onceTable: Readonly<Record<string, Row>> = {
  "v1.application.create": {
    path: "/api/v1/app?get_if_exists=false",
    body: { name: "One", uid: "one", metadata: { __proto__: "a" } },
    otherBody: { name: "Two" },
    status: 201,
  },
  "v1.endpoint.create": {
    path: "/api/v1/app/shop/endpoint",
    body: { url: "https://one.example/", metadata: { a: "b" } },
    otherBody: { url: "https://two.example/" },
    status: 201,
  },
  "v1.endpoint.rotate-secret": {
    path: "/api/v1/app/shop/endpoint/main/secret/rotate",
    body: {},
    otherBody: { gracePeriodSeconds: 0 },
    status: 204,
  },
  "v1.endpoint.recover": {
    path: "/api/v1/app/shop/endpoint/main/recover",
    body: { since: "2020-01-01T00:00:00Z" },
    otherBody: { since: "2020-01-02T00:00:00Z", until: "2020-01-03T00:00:00Z" },
    status: 202,
  },
  "v1.endpoint.replay-missing": {
    path: "/api/v1/app/shop/endpoint/main/replay-missing",
    body: { since: "2020-01-01T00:00:00Z" },
    otherBody: { since: "2020-01-02T00:00:00Z", until: "2020-01-03T00:00:00Z" },
    status: 202,
  },
  "v1.endpoint.bulk-replay": {
    path: "/api/v1/app/shop/endpoint/main/bulk-replay",
    body: { since: "2020-01-01T00:00:00Z", eventTypes: ["order.made"], status: 2 },
    otherBody: { since: "2020-01-02T00:00:00Z", channel: "vip", tag: null, status: null },
    status: 202,
  },
  "v1.erasure.create": {
    path: "/api/v1/erasure",
    body: { application: "shop" },
    otherBody: { application: "shop", endpoint: "main" },
    status: 202,
  },
  "v1.application.archive-replay": {
    path: "/api/v1/app/shop/archive-replay",
    body: { since: "2020-01-01T00:00:00Z", eventTypes: ["order.made"], endpointId: "main" },
    otherBody: { since: "2020-01-02T00:00:00Z", endpointId: null },
    status: 202,
  },
  "v1.background-task.cancel": {
    path: "/api/v1/background-task/{task}/cancel",
    status: 200,
    saysNothing: true,
  },
  "v1.endpoint.cancel-matching": {
    path: "/api/v1/app/shop/endpoint/main/queue/cancel-matching",
    body: { eventTypes: ["order.made"] },
    otherBody: { since: "2020-01-02T00:00:00Z", channel: "x" },
    status: 202,
  },
  "v1.endpoint.cancel-queue": {
    path: "/api/v1/app/shop/endpoint/main/queue/cancel",
    status: 200,
    isWithoutEffect: true,
  },
  "v1.endpoint.pause": {
    path: "/api/v1/app/shop/endpoint/main/pause",
    body: { reason: "incident" },
    otherBody: { reason: null, until: "2100-01-01T00:00:00Z" },
    status: 204,
  },
  "v1.endpoint.resume": {
    path: "/api/v1/app/shop/endpoint/main/resume",
    status: 200,
    saysNothing: true,
    isWithoutEffect: true,
  },
  "v1.endpoint.probe": {
    path: "/api/v1/app/shop/endpoint/main/probe",
    status: 200,
    saysNothing: true,
    isWithoutEffect: true,
  },
  "v1.endpoint.send-example": {
    path: "/api/v1/app/shop/endpoint/main/send-example",
    body: { eventType: "order.made" },
    otherBody: { eventType: "order.paid" },
    status: 200,
  },
  "v1.message-attempt.resend": {
    path: "/api/v1/app/shop/msg/kept/endpoint/main/resend",
    status: 202,
    saysNothing: true,
  },
  "v1.operational-webhook.endpoint.create": {
    path: "/api/v1/operational-webhook/endpoint",
    body: { url: "https://one.example/", eventTypes: ["endpoint.created"] },
    otherBody: { url: "https://two.example/" },
    status: 201,
  },
  "v1.operational-webhook.endpoint.rotate-secret": {
    path: "/api/v1/operational-webhook/endpoint/own/secret/rotate",
    body: {},
    otherBody: { gracePeriodSeconds: 0 },
    status: 204,
  },
  "v1.event-type.create": {
    path: "/api/v1/event-type",
    body: { name: "one", description: "One", schemas: { "1": { type: "object", "x-n": 1e100 } } },
    otherBody: { name: "two", description: "Two" },
    status: 201,
  },
  "v1.api-key.create": {
    path: "/api/v1/auth/key",
    body: { name: "one" },
    otherBody: { name: "two", application: "shop" },
    status: 201,
  },
  "v1.authentication.app-portal-access": {
    path: "/api/v1/auth/app-portal-access/shop",
    body: {},
    otherBody: { expiry: 3600 },
    status: 200,
    isWithoutEffect: true,
  },
  logout_api_v1_auth_logout__post: {
    path: "/api/v1/auth/logout",
    status: 204,
    application: "shop",
  },
  "v1.message.create": {
    path: "/api/v1/app/shop/msg",
    body: message,
    otherBody: otherMessage,
    status: 202,
  },
  "v1.message.create-batch": {
    path: "/api/v1/app/shop/msg/batch",
    body: [message, {}, message, otherMessage],
    otherBody: [otherMessage],
    status: 202,
  },
};

/** All that a POST can have changed, as far as it can be read. */
export async function stateOf(api: TestApi, token: string): Promise<unknown> {
  const read = async (path: string): Promise<unknown> => (await api.ask("GET", path)).json();
  return {
    applications: await read("/api/v1/app"),
    endpoints: await read("/api/v1/app/shop/endpoint"),
    secret: await read("/api/v1/app/shop/endpoint/main/secret"),
    queue: await read("/api/v1/app/shop/endpoint/main/queue"),
    operationalEndpoints: await read("/api/v1/operational-webhook/endpoint"),
    operationalSecret: await read("/api/v1/operational-webhook/endpoint/own/secret"),
    eventTypes: await read("/api/v1/event-type?with_content=true"),
    apiKeys: await read("/api/v1/auth/key"),
    messages: api.backend.accepted.length,
    resends: api.backend.resends.length,
    tasks: await read("/api/v1/background-task"),
    erasures: await read("/api/v1/erasure"),
    access: (await api.ask("GET", "/api/v1/app/shop", undefined, token)).statusCode,
  };
}
