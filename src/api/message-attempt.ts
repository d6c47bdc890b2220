import { Type, type Static } from "typebox";
import type { Endpoint } from "../control/entities.ts";
import type { AttemptsQuery, AttemptStatus, StoredAttempt } from "../director/facade.ts";
import { assert } from "../core/errors.ts";
import { attemptIdOf, messageIdOf, parseAttemptId } from "../core/ids.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { type Status, statusField, statusText, statusTexts } from "./delivery-status.ts";
import { endpointOf } from "./endpoint.ts";
import { attemptPath, endpointPath, instant, messagePath, namePattern, url } from "./fields.ts";
import { historyFilters, historyPageOf } from "./history-query.ts";
import { JudgingTurns } from "./judging-turns.ts";
import { cursorOf, listComponent, listingOf, pageQuery, type Listing } from "./listing.ts";
import { messageOf } from "./message.ts";
import { answer, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

/** An attempt is recorded when its outcome is known, so none is ever pending or being sent. */
const statusFilters: Readonly<Record<Status, AttemptStatus | undefined>> = {
  0: "delivered",
  1: undefined,
  2: "failed",
  3: undefined,
};

const status = statusField("An attempt is 0 or 2: it is there when its outcome is.");

const attemptOutSchema = Type.Object({
  id: Type.String({ examples: ["atmpt_1srOrx2ZWZBpBUvZwXKQmoEYga2"] }),
  msgId: Type.String(),
  endpointId: Type.String(),
  url,
  response: Type.String({
    description:
      'The beginning of the answer\'s body, or why there was none; "" without `with_content`.',
  }),
  responseStatusCode: Type.Integer({ description: "0 if there was no answer." }),
  responseDurationMs: Type.Integer(),
  status,
  statusText,
  triggerType: Type.Unsafe<0 | 1>({
    type: "integer",
    enum: [0, 1],
    description: "Scheduled = 0, manual = 1.",
  }),
  timestamp: instant,
});
type MessageAttemptOut = Static<typeof attemptOutSchema>;
const MessageAttemptOut = component("MessageAttemptOut", attemptOutSchema);
export const AttemptList = listComponent("ListResponse_MessageAttemptOut_", MessageAttemptOut.ref);

const attemptFilters = {
  ...pageQuery("atmpt_[0-9A-Za-z]{27}"),
  status: Type.Optional(status),
  status_code_class: Type.Optional(
    Type.Unsafe<number>({
      type: "integer",
      enum: [0, 100, 200, 300, 400, 500],
      description: "0 for no answer.",
    }),
  ),
  ...historyFilters,
  with_content: Type.Optional(
    Type.Boolean({ default: true, description: "Whether to tell what the endpoint answered." }),
  ),
};
export const EndpointAttemptsQuery = Type.Object(attemptFilters);
type AttemptFilters = Static<typeof EndpointAttemptsQuery>;
const MessageAttemptsQuery = Type.Object({
  ...attemptFilters,
  endpoint_id: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      pattern: `^${namePattern}$`,
      description: "Only attempts to this endpoint, by id or uid.",
    }),
  ),
});

/** Asks history for a page of attempts. */
type AttemptSource = (query: AttemptsQuery) => Promise<readonly StoredAttempt[]>;

export function messageAttemptRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [MessageAttemptOut, AttemptList]) server.addSchema(schema);
  listByEndpointRoute(server, context);
  listByMessageRoute(server, context);
  getRoute(server, context);
}

function listByEndpointRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/attempt/endpoint/:endpoint_id",
    schema: {
      ...operation(
        "v1.message-attempt.list-by-endpoint",
        "Message Attempt",
        "List by endpoint",
        "application",
      ),
      params: endpointPath,
      querystring: EndpointAttemptsQuery,
      response: { 200: answer(AttemptList, "A page, newest first"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const application = applicationOf(context, request);
      const endpoint = endpointOf(context, application, request.params.endpoint_id);
      return reply.send(await endpointAttempts(context, endpoint, request.query));
    },
  });
}

function listByMessageRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/attempt/msg/:msg_id",
    schema: {
      ...operation(
        "v1.message-attempt.list-by-msg",
        "Message Attempt",
        "List by message",
        "application",
      ),
      params: messagePath,
      querystring: MessageAttemptsQuery,
      response: { 200: answer(AttemptList, "A page, newest first"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const application = applicationOf(context, request);
      const { address } = await messageOf(context, application, request.params.msg_id);
      const { endpoint_id: id } = request.query;
      const endpoint = id === undefined ? undefined : endpointOf(context, application, id).key;
      const source: AttemptSource = (query) =>
        context.history.attemptsOfMessage(address, { ...query, endpoint });
      return reply.send(await attemptListing(context, request.query, source));
    },
  });
}

function getRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/msg/:msg_id/attempt/:attempt_id",
    schema: {
      ...operation("v1.message-attempt.get", "Message Attempt", "Get an attempt", "application"),
      params: attemptPath,
      response: { 200: answer(MessageAttemptOut, "The attempt"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const { msg_id: messageId, attempt_id: id } = request.params;
      const application = applicationOf(context, request);
      const { address: message } = await messageOf(context, application, messageId);
      const address = parseAttemptId(id);
      const attempt = address && (await context.history.attempt(message, address));
      if (attempt === undefined) throw Problem.notFound("an attempt", id);
      return reply.send(attemptOutOf(context, attempt, true));
    },
  });
}

/** A page of what was sent to an endpoint. */
export function endpointAttempts(
  context: ApiContext,
  { key }: Endpoint,
  query: AttemptFilters,
): Promise<Listing<MessageAttemptOut>> {
  return attemptListing(context, query, (wanted) =>
    context.history.attemptsOfEndpoint(key, wanted),
  );
}

async function attemptListing(
  context: ApiContext,
  query: AttemptFilters,
  source: AttemptSource,
): Promise<Listing<MessageAttemptOut>> {
  const cursor = cursorOf(query);
  const page = historyPageOf(query, cursor, parseAttemptId);
  const wanted = query.status === undefined ? undefined : statusFilters[query.status];
  const none = query.status !== undefined && wanted === undefined;
  const found = none
    ? []
    : await source({
        ...page,
        status: wanted,
        statusCodeClass: query.status_code_class,
        eventTypes: query.event_types,
        channel: query.channel,
        tag: query.tag,
        endpoint: undefined,
      });
  const listing = listingOf(found, cursor, ({ address }) => attemptIdOf(address));
  const withResponse = query.with_content ?? true;
  const data = await new JudgingTurns().goOn(listing.data.length, (index) => {
    const attempt = listing.data[index];
    assert(attempt !== undefined, "an index of the page");
    return attemptOutOf(context, attempt, withResponse);
  });
  return { ...listing, data };
}

function attemptOutOf(
  context: ApiContext,
  attempt: StoredAttempt,
  withResponse: boolean,
): MessageAttemptOut {
  const attemptStatus = statusOf(attempt);
  return {
    id: attemptIdOf(attempt.address),
    msgId: messageIdOf(attempt.message),
    endpointId: context.controlReader.endpointIdOf(attempt.endpoint),
    url: attempt.url,
    // Whatever bytes came, as text: those that are not UTF-8 turn into U+FFFD.
    response: withResponse ? Buffer.from(attempt.response).toString("utf8") : "",
    responseStatusCode: attempt.statusCode,
    responseDurationMs: Math.round(attempt.durationMs),
    status: attemptStatus,
    statusText: statusTexts[attemptStatus],
    triggerType: attempt.trigger === "manual" ? 1 : 0,
    timestamp: new Date(attempt.address.atMs).toISOString(),
  };
}

function statusOf(attempt: StoredAttempt): Status {
  return attempt.settlement === "delivered" ? 0 : 2;
}
