/** What happens to messages while it does (ours, not Svix's): of an organisation, or of one of its applications. */
import type { FastifyRequest } from "fastify";
import { Type, type Static } from "typebox";
import type { Settlement } from "../core/delivery.ts";
import { assert } from "../core/errors.ts";
import { messageIdOf, type ApplicationId, type ApplicationKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { AcceptedMessage } from "../director/activity.ts";
import type { EndedAttempt } from "../director/ports.ts";
import { ActivityStream, type ActivityView } from "./activity-stream.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { statusField, statusText, statusTexts } from "./delivery-status.ts";
import { endpointOf } from "./endpoint.ts";
import { EventStreams } from "./event-streams.ts";
import { applicationPath, eventTypeName, instant, namePattern, nullable } from "./fields.ts";
import { historyFilters } from "./history-query.ts";
import { operation, problemAnswers } from "./operation.ts";

const ActivityMessageOut = component(
  "ActivityMessageOut",
  Type.Object({
    appId: Type.String(),
    id: Type.String({ examples: ["msg_1srOrx2ZWZBpBUvZwXKQmoEYga2"] }),
    eventType: eventTypeName,
    eventId: nullable(Type.String()),
    channels: Type.Unsafe<readonly string[] | null>({
      type: ["array", "null"],
      items: { type: "string" },
    }),
    timestamp: instant,
  }),
);

const ActivityAttemptOut = component(
  "ActivityAttemptOut",
  Type.Object({
    appId: Type.String(),
    msgId: Type.String(),
    endpointId: Type.String(),
    eventType: eventTypeName,
    attempt: Type.Integer({ description: "Its number, from 1, begun anew by a resend." }),
    status: statusField("An attempt is 0 or 2."),
    statusText,
    responseStatusCode: Type.Integer({ description: "0 if there was no answer." }),
    reason: nullable(
      Type.String({ description: "Why there was no answer.", examples: ["timeout"] }),
    ),
    responseDurationMs: Type.Integer(),
    settled: Type.Unsafe<Settlement | null>({
      type: ["string", "null"],
      enum: ["delivered", "gone", "exhausted", "cancelled", null],
      description: "What has become of the delivery by it; null: it is not over by it.",
    }),
    nextAttempt: nullable({ ...instant, description: "When it is tried again because of it." }),
    timestamp: instant,
  }),
);
type ActivityAttemptOut = Static<typeof ActivityAttemptOut.ref>;

const filters = {
  event_types: historyFilters.event_types,
  status: Type.Optional(statusField("Only attempts that ended so, and no messages.")),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, description: "Events after which it ends, `begun` being one." }),
  ),
};
const FiltersOfOrganization = Type.Object(filters);
const FiltersOfApplication = Type.Object({
  ...filters,
  endpoint_id: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      pattern: `^${namePattern}$`,
      description: "Only attempts at this endpoint, by id or uid, and no messages.",
    }),
  ),
});

const stream = Type.Unsafe({
  description:
    "Server-sent events: `begun`, then `message` (accepted) and `attempt` (ended) as they happen, and `dropped` with the count of what was left out as it was not read in time",
  content: {
    "text/event-stream": {
      schema: Type.Union([ActivityMessageOut.ref, ActivityAttemptOut.ref]),
    },
  },
});

export interface ActivityOptions extends ApiContext {
  readonly nowMs: () => number;
  readonly isStillAllowed: (request: FastifyRequest) => Promise<boolean>;
}

/** An application's id; undefined: nothing of it is told. */
type Naming = (application: ApplicationKey) => ApplicationId | undefined;

export function activityRoutes(server: ApiServer, options: ActivityOptions): void {
  for (const { schema } of [ActivityMessageOut, ActivityAttemptOut]) server.addSchema(schema);
  const streams = new EventStreams(server, limits.activityStreamsMax);
  organizationRoute(server, streams, options);
  applicationRoute(server, streams, options);
}

function organizationRoute(
  server: ApiServer,
  streams: EventStreams,
  options: ActivityOptions,
): void {
  server.route({
    method: "GET",
    url: "/api/v1/activity/stream",
    schema: {
      ...operation(
        "v1.activity.stream",
        "Activity",
        "Watch what happens to messages",
        "organization",
      ),
      querystring: FiltersOfOrganization,
      response: { 200: stream, ...problemAnswers },
    },
    handler: (request, reply) => {
      const { query, organization } = request;
      const view = viewOf(query, namingOf(options, organization));
      return streams.send(reply, streamOf(options, request, { view, limit: query.limit }));
    },
  });
}

function applicationRoute(
  server: ApiServer,
  streams: EventStreams,
  options: ActivityOptions,
): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/activity/stream",
    schema: {
      ...operation(
        "v1.application.stream-activity",
        "Activity",
        "Watch what happens to an application's messages",
        "application",
      ),
      params: applicationPath,
      querystring: FiltersOfApplication,
      response: { 200: stream, ...problemAnswers },
    },
    handler: (request, reply) => {
      const { query } = request;
      const application = applicationOf(options, request);
      const { endpoint_id: name } = query;
      const endpoint = name === undefined ? undefined : endpointOf(options, application, name).id;
      const naming: Naming = (key) => (key === application.key ? application.id : undefined);
      const view = viewOf({ ...query, endpoint }, naming);
      return streams.send(reply, streamOf(options, request, { view, limit: query.limit }));
    },
  });
}

function streamOf(
  { activity, traffic, nowMs, isStillAllowed }: ActivityOptions,
  request: FastifyRequest,
  { view, limit = Infinity }: { readonly view: ActivityView; readonly limit: number | undefined },
): ActivityStream {
  return new ActivityStream({
    activity,
    traffic,
    nowMs,
    view,
    isStillAllowed: () => isStillAllowed(request),
    countMax: limit,
  });
}

/** Of an organisation's customers. What is known of an application never changes, so it is asked for once in a stream. */
function namingOf({ controlReader }: ActivityOptions, organization: string): Naming {
  const names = new Map<ApplicationKey, ApplicationId | undefined>();
  return (key) => {
    if (!names.has(key)) {
      if (names.size >= limits.trafficApplicationsKnown) names.clear();
      const customer = controlReader.customer(key);
      names.set(key, customer?.organization === organization ? customer.id : undefined);
    }
    return names.get(key);
  };
}

interface Filters {
  readonly event_types?: readonly string[];
  readonly status?: number;
  /** Its id. */
  readonly endpoint?: string | undefined;
}

function viewOf({ event_types: types, status, endpoint }: Filters, naming: Naming): ActivityView {
  const eventTypes = types && new Set(types);
  const isAboutAttempts = status !== undefined || endpoint !== undefined;
  const wantsAttempt = (attempt: EndedAttempt): boolean =>
    (endpoint === undefined || attempt.endpoint === endpoint) &&
    (status === undefined || statusOf(attempt) === status);
  return {
    wants: ({ event, of }) =>
      (event === "message" ? !isAboutAttempts : wantsAttempt(of)) &&
      eventTypes?.has(of.eventType) !== false &&
      naming(of.application) !== undefined,
    outOf: ({ event, of }) => {
      const appId = naming(of.application);
      assert(appId !== undefined, "only what is wanted is told");
      return event === "message" ? messageOutOf(appId, of) : attemptOutOf(appId, of);
    },
  };
}

function messageOutOf(
  appId: ApplicationId,
  { address, eventType, eventId, channels }: AcceptedMessage,
): Static<typeof ActivityMessageOut.ref> {
  return {
    appId,
    id: messageIdOf(address),
    eventType,
    eventId: eventId ?? null,
    channels: channels ?? null,
    timestamp: new Date(address.atMs).toISOString(),
  };
}

function attemptOutOf(appId: ApplicationId, ended: EndedAttempt): ActivityAttemptOut {
  const { messageId, endpoint, eventType, attempt, outcome, step, atMs } = ended;
  const status = statusOf(ended);
  return {
    appId,
    msgId: messageId,
    endpointId: endpoint,
    eventType,
    attempt,
    status,
    statusText: statusTexts[status],
    responseStatusCode: outcome.kind === "answered" ? outcome.statusCode : 0,
    reason: outcome.kind === "unanswered" ? outcome.reason : null,
    responseDurationMs: Math.round(outcome.durationMs),
    settled: step.kind === "settle" ? step.settlement : null,
    nextAttempt: step.kind === "retry" ? new Date(step.atMs).toISOString() : null,
    timestamp: new Date(atMs).toISOString(),
  };
}

function statusOf({ outcome }: EndedAttempt): 0 | 2 {
  const { kind } = outcome;
  return kind === "answered" && outcome.statusCode >= 200 && outcome.statusCode < 300 ? 0 : 2;
}
