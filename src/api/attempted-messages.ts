/** The messages that were for an endpoint, and what became of them there. */
import { Type } from "typebox";
import { parseMessageId, messageIdOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { DeliveredMessage } from "../director/facade.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import {
  deliveryFields,
  deliveryOut,
  deliveryStateOfStatus,
  statusField,
} from "./delivery-status.ts";
import { endpointOf } from "./endpoint.ts";
import { endpointPath } from "./fields.ts";
import { historyFilters, historyPageOf } from "./history-query.ts";
import {
  cursorOf,
  type Cursor,
  listComponent,
  listingOf,
  pageQuery,
  pageWithin,
} from "./listing.ts";
import { listJson, messageOutFields, sendJson, withContent } from "./message.ts";
import { contentOf, messageJson } from "./message-json.ts";
import { answer, operation, problemAnswers } from "./operation.ts";

const EndpointMessageOut = component(
  "EndpointMessageOut",
  Type.Object({ ...messageOutFields, ...deliveryFields }),
);
const EndpointMessageList = listComponent(
  "ListResponse_EndpointMessageOut_",
  EndpointMessageOut.ref,
);

export function attemptedMessagesRoute(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [EndpointMessageOut, EndpointMessageList]) server.addSchema(schema);
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/msg",
    schema: {
      ...operation(
        "v1.message-attempt.list-attempted-messages",
        "Message Attempt",
        "List the messages that were for an endpoint",
        "application",
      ),
      params: endpointPath,
      querystring: Type.Object({
        ...pageQuery("msg_[0-9A-Za-z]{27}"),
        status: Type.Optional(statusField("Only messages with this.")),
        ...historyFilters,
        with_content: Type.Optional(withContent),
      }),
      response: { 200: answer(EndpointMessageList, "A page, newest first"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const { query } = request;
      const application = applicationOf(context, request);
      const { key } = endpointOf(context, application, request.params.endpoint_id);
      const cursor = cursorOf(query);
      const page = historyPageOf(query, cursor, parseMessageId);
      const state = query.status === undefined ? undefined : deliveryStateOfStatus(query.status);
      const withPayload = query.with_content ?? true;
      const isNever = query.status !== undefined && state === undefined;
      const found = isNever
        ? []
        : await context.history.deliveriesOfEndpoint(key, {
            ...page,
            state,
            eventTypes: query.event_types,
            channel: query.channel,
            tag: query.tag,
            payloadBytesMax: withPayload ? limits.pagePayloadBytesMax : 0,
          });
      const within = withPayload ? pageWithin(cursor, found) : cursor;
      return sendJson(reply, pageJson(found, within, withPayload));
    },
  });
}

function pageJson(
  found: readonly DeliveredMessage[],
  cursor: Cursor,
  withPayload: boolean,
): Buffer {
  const { data, ...ends } = listingOf(found, cursor, ({ address }) => messageIdOf(address));
  const items = data.map((message) =>
    messageJson(message, contentOf(message, withPayload), deliveryOut(message.delivery)),
  );
  return listJson(items, ends);
}
