/** Whom a message went to, and what became of it there. */
import { Type, type Static } from "typebox";
import type { Application } from "../control/entities.ts";
import type { Address } from "../core/ids.ts";
import type { StoredDelivery } from "../director/facade.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { deliveryFields, deliveryOut } from "./delivery-status.ts";
import { endpointOutFields, endpointOutOf } from "./endpoint.ts";
import { messagePath } from "./fields.ts";
import { cursorOf, type Cursor, listComponent, listingOf, pageQuery } from "./listing.ts";
import { messageOf } from "./message.ts";
import { answer, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const { metadata: _, ...endpointFields } = endpointOutFields;
const messageEndpointOutSchema = Type.Object({ ...endpointFields, ...deliveryFields });
type MessageEndpointOut = Static<typeof messageEndpointOutSchema>;
const MessageEndpointOut = component("MessageEndpointOut", messageEndpointOutSchema);
const DestinationList = listComponent("ListResponse_MessageEndpointOut_", MessageEndpointOut.ref);

export function attemptedDestinationsRoute(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [MessageEndpointOut, DestinationList]) server.addSchema(schema);
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/msg/:msg_id/endpoint",
    schema: {
      ...operation(
        "v1.message-attempt.list-attempted-destinations",
        "Message Attempt",
        "List the endpoints that a message went to",
        "application",
      ),
      params: messagePath,
      querystring: Type.Object(pageQuery("ep_[0-9A-Za-z]{27}")),
      response: {
        200: answer(DestinationList, "A page, without endpoints that were deleted since"),
        ...problemAnswers,
      },
    },
    handler: async (request, reply) => {
      const application = applicationOf(context, request);
      const { address } = await messageOf(context, application, request.params.msg_id);
      const cursor = cursorOf(request.query);
      const found = await destinationsOf(context, { application, message: address, cursor });
      return reply.send(listingOf(found, cursor, ({ id }) => id));
    },
  });
}

interface Wanted {
  readonly application: Application;
  readonly message: Address;
  readonly cursor: Cursor;
}

/** One more than the page has, nearest to its edge first. Deleted endpoints are passed over until it is full. */
async function destinationsOf(
  context: ApiContext,
  { application, message, cursor }: Wanted,
): Promise<readonly MessageEndpointOut[]> {
  const limit = cursor.limit + 1;
  const direction = cursor.backward ? "backward" : "forward";
  let edge = cursor.edge === undefined ? undefined : edgeOf(context, application, cursor.edge);
  const found: MessageEndpointOut[] = [];
  for (;;) {
    const page = { limit, edge, direction } as const;
    const deliveries = await context.history.deliveriesOfMessage(message, page);
    found.push(...deliveries.flatMap((each) => destinationOf(context, application, each)));
    if (deliveries.length < limit || found.length >= limit) return found.slice(0, limit);
    edge = deliveries.at(-1)?.endpoint;
  }
}

function edgeOf(context: ApiContext, application: Application, id: string) {
  const endpoint = context.controlReader.endpoint(application.key, id);
  if (endpoint !== undefined) return endpoint.key;
  const msg = `Expected an iterator of an earlier page, got ${JSON.stringify(id)}. Take it from there as it is; if the endpoint was deleted since, begin again.`;
  throw Problem.wrongFields([{ loc: ["query", "iterator"], msg, type: "value_error" }]);
}

/** Nothing if the endpoint is deleted. */
function destinationOf(
  context: ApiContext,
  application: Application,
  delivery: StoredDelivery,
): MessageEndpointOut[] {
  const id = context.controlReader.endpointIdOf(delivery.endpoint);
  const endpoint = context.controlReader.endpoint(application.key, id);
  if (endpoint === undefined) return [];
  const { metadata: __, ...fields } = endpointOutOf(endpoint);
  return [{ ...fields, ...deliveryOut(delivery) }];
}
