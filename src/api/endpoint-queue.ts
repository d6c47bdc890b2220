/** What waits for an endpoint, and why (ours, not Svix's). */
import { Type } from "typebox";
import type { Endpoint } from "../control/entities.ts";
import type { EndpointPause } from "../core/endpoint-pause.ts";
import { handPauseAt } from "../core/hand-pause.ts";
import type { QueueState } from "../director/facade.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { endpointOf } from "./endpoint.ts";
import { endpointPath, instant, nullable } from "./fields.ts";
import { answer, operation, problemAnswers } from "./operation.ts";

const perSecond = nullable(Type.Integer({ description: "Attempts per second; null: no limit." }));

const QueueMinute = component(
  "EndpointQueueMinute",
  Type.Object({
    at: { ...instant, description: "When the minute began." },
    succeeded: Type.Integer(),
    failed: Type.Integer({ description: "Answered with anything but a 2xx." }),
    unanswered: Type.Integer(),
  }),
);

const ApplicationQueue = component(
  "EndpointQueueApplication",
  Type.Object({
    pending: Type.Integer(),
    inFlight: Type.Integer(),
    throttleRate: perSecond,
  }),
);

/** How an endpoint is doing. */
export const endpointHealth = {
  oldest: nullable({
    ...instant,
    description:
      "When the oldest message was accepted that is to be sent now; in strict order, the one that the others wait for.",
  }),
  state: Type.Unsafe<EndpointPause["kind"]>({
    type: "string",
    enum: ["working", "failing", "paused", "probing"],
  }),
  failSince: nullable({ ...instant, description: "Since when all attempts have failed." }),
  pausedUntil: nullable({
    ...instant,
    description:
      "When a paused endpoint is tried next; null if it is paused by hand without an end, or not at all.",
  }),
  pausedBy: Type.Unsafe<"failures" | "operator" | null>({
    type: ["string", "null"],
    enum: ["failures", "operator", null],
    description:
      "`failures`: it only failed, and a success ends that. `operator`: by hand, until it is resumed or its time comes.",
  }),
  pauseReason: nullable(Type.String({ description: "What was given when it was paused by hand." })),
  heldUntil: nullable({
    ...instant,
    description: "The endpoint has asked, by 429, 502, 504 or Retry-After, to be left alone.",
  }),
};

const EndpointQueue = component(
  "EndpointQueueOut",
  Type.Object({
    pending: Type.Integer({ description: "Deliveries that are not settled." }),
    exact: Type.Boolean({
      description:
        "False: what earlier runs left or was sent again may not be counted yet, or still be.",
    }),
    inFlight: Type.Integer({ description: "Requests that are open." }),
    concurrency: Type.Integer({ description: "Requests that may be open now." }),
    throttleRate: perSecond,
    ...endpointHealth,
    minutes: Type.Array(QueueMinute.ref, {
      description: "Attempts of the last hour by the minute in which they ended.",
    }),
    application: ApplicationQueue.ref,
  }),
);

export function endpointQueueRoute(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [QueueMinute, ApplicationQueue, EndpointQueue]) server.addSchema(schema);
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/queue",
    schema: {
      ...operation(
        "v1.endpoint.get-queue",
        "Endpoint",
        "Look at an endpoint's queue",
        "application",
      ),
      params: endpointPath,
      response: { 200: answer(EndpointQueue, "The queue at this moment"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const application = applicationOf(context, request);
      const endpoint = endpointOf(context, application, request.params.endpoint_id);
      const all = context.controlReader.subscriptions(application.key);
      const state = await context.queues.queue(
        endpoint.key,
        all.map(({ endpoint: key }) => key),
      );
      return reply.send({
        ...fieldsOf(endpoint, state),
        concurrency: endpoint.ordered ? 1 : state.slots,
        throttleRate: endpoint.throttleRate ?? null,
        application: { ...state.application, throttleRate: application.throttleRate ?? null },
      });
    },
  });
}

function fieldsOf(endpoint: Endpoint, state: QueueState) {
  const { pending, exact, inFlight, minutes } = state;
  return {
    pending,
    exact,
    inFlight,
    ...healthOf(endpoint, state),
    minutes: minutes.map(({ atMs, ...counts }) => ({
      at: new Date(atMs).toISOString(),
      ...counts,
    })),
  };
}

/** The values of `endpointHealth`. */
export function healthOf({ handPause }: Pick<Endpoint, "handPause">, state: QueueState) {
  const { oldestAtMs, pause, nowMs } = state;
  const byHand = handPauseAt(handPause, nowMs);
  const oldest = isoOf(oldestAtMs);
  if (byHand !== undefined) {
    return {
      oldest,
      state: "paused" as const,
      failSince: null,
      pausedUntil: isoOf(byHand.untilMs),
      pausedBy: "operator" as const,
      pauseReason: byHand.reason ?? null,
      heldUntil: null,
    };
  }
  return {
    oldest,
    state: pause.kind,
    failSince: pause.kind === "working" ? null : isoOf(pause.failingSinceMs),
    pausedUntil: pause.kind === "paused" ? isoOf(pause.probeAtMs) : null,
    pausedBy: pause.kind === "paused" || pause.kind === "probing" ? ("failures" as const) : null,
    pauseReason: null,
    heldUntil: heldUntilOf(pause, nowMs),
  };
}

function heldUntilOf(pause: EndpointPause, nowMs: number): string | null {
  const holds = pause.kind === "working" || pause.kind === "failing";
  return holds && pause.holdUntilMs > nowMs ? isoOf(pause.holdUntilMs) : null;
}

function isoOf(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}
