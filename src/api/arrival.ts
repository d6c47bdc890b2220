/** What comes to endpoints at the inspector, the built-in receiver: shown, watched, and answered by who listens (ours, not Svix's). */
import { Type, type Static } from "typebox";
import type { Arrival } from "../core/arrival.ts";
import { limits } from "../core/limits.ts";
import { ArrivalStream, heardAt, watchedAt } from "./arrival-stream.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { endpointAt } from "./endpoint.ts";
import { EventStreams } from "./event-streams.ts";
import { endpointPath, instant, nullable } from "./fields.ts";
import { answer, bodyProblemAnswers, noContent, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const ArrivalHeaderOut = component(
  "ArrivalHeaderOut",
  Type.Object({ name: Type.String(), value: Type.String() }),
);

const ArrivalOut = component(
  "ArrivalOut",
  Type.Object({
    id: Type.String({ examples: ["arr_1srOrx2ZWZBpBUvZwXKQmoEYga2"] }),
    at: { ...instant, description: "When it came." },
    headers: Type.Array(ArrivalHeaderOut.ref, { description: "Names in lower case, each once." }),
    body: Type.String(),
    verified: Type.Boolean({
      description: "Whether it was signed by a secret that the endpoint had when it came.",
    }),
    state: Type.Unsafe<Arrival["answer"]["kind"]>({
      type: "string",
      enum: ["waiting", "answered", "unheard", "late"],
      description:
        "`unheard`: nobody listened, which is answered 503. `late`: the attempt was over before there was an answer.",
    }),
    status: nullable(Type.Integer({ description: "What it was answered." })),
    afterMs: nullable(Type.Integer({ description: "How long that took." })),
  }),
);

const ArrivalsOut = component(
  "ArrivalsOut",
  Type.Object({
    data: Type.Array(ArrivalOut.ref, { description: "The oldest first." }),
  }),
);

const ArrivalAnswerIn = component(
  "ArrivalAnswerIn",
  Type.Object({
    status: Type.Integer({ minimum: 200, maximum: 599 }),
    retryAfter: Type.Optional(
      nullable(
        Type.String({
          maxLength: 64,
          description: "Its `Retry-After`, as a server would send it.",
        }),
      ),
    ),
    body: Type.Optional(
      Type.String({
        maxLength: limits.answerBytesRead,
        description: `Kept with the attempt, up to ${limits.answerBytesStored} bytes.`,
      }),
    ),
  }),
);

const streamQuery = Type.Object({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: "Events after which it ends; it does so after five minutes anyway.",
    }),
  ),
});

const path = "/api/v1/app/:app_id/endpoint/:endpoint_id/arrival";

export function arrivalRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [ArrivalHeaderOut, ArrivalOut, ArrivalsOut, ArrivalAnswerIn])
    server.addSchema(schema);
  const streams = new EventStreams(server, limits.arrivalStreamsMax);
  listRoute(server, context);
  watchRoute(server, context, streams);
  listenRoute(server, context, streams);
  answerRoute(server, context);
}

function listRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: path,
    schema: {
      ...operation(
        "v1.arrival.list",
        "Inspector",
        "List what came to an endpoint at the inspector",
        "application",
      ),
      params: endpointPath,
      response: { 200: answer(ArrivalsOut, "What is kept of it, in memory"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const { key } = endpointAt(context, request);
      return reply.send({ data: context.inspections.arrivals(key).map(arrivalOutOf) });
    },
  });
}

/** An answer that goes on. */
function eventsOf(meaning: string) {
  return Type.Unsafe({
    description: meaning,
    content: { "text/event-stream": { schema: ArrivalsOut.ref } },
  });
}

function watchRoute(server: ApiServer, context: ApiContext, streams: EventStreams): void {
  server.route({
    method: "GET",
    url: `${path}/stream`,
    schema: {
      ...operation(
        "v1.arrival.stream",
        "Inspector",
        "Watch what comes to an endpoint at the inspector",
        "application",
      ),
      params: endpointPath,
      querystring: streamQuery,
      response: {
        200: eventsOf(
          "Server-sent events: at first what is kept, then what has come, or been answered, since",
        ),
        ...problemAnswers,
      },
    },
    handler: async (request, reply) => {
      const { key } = endpointAt(context, request);
      const source = watchedAt(context.inspections, key);
      return streams.send(reply, new ArrivalStream(source, arrivalOutOf, request.query.limit));
    },
  });
}

function listenRoute(server: ApiServer, context: ApiContext, streams: EventStreams): void {
  server.route({
    method: "GET",
    url: `${path}/listen`,
    schema: {
      ...operation(
        "v1.arrival.listen",
        "Inspector",
        "Listen to an endpoint at http://inspector.invalid/listener",
        "application",
      ),
      params: endpointPath,
      querystring: streamQuery,
      response: {
        200: eventsOf(
          "Server-sent events with what waits for an answer. Who listens takes the place of who has before, whose stream ends",
        ),
        ...problemAnswers,
      },
    },
    config: { forReaders: false },
    handler: async (request, reply) => {
      const { key } = endpointAt(context, request);
      const source = heardAt(context.inspections, key);
      return streams.send(reply, new ArrivalStream(source, arrivalOutOf, request.query.limit));
    },
  });
}

function answerRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "PUT",
    url: `${path}/:arrival_id/answer`,
    schema: {
      ...operation(
        "v1.arrival.answer",
        "Inspector",
        "Answer what came to an endpoint, as who listens",
        "application",
      ),
      params: Type.Object({ ...endpointPath.properties, arrival_id: Type.String() }),
      body: ArrivalAnswerIn.ref,
      response: { 204: noContent("The attempt has this answer"), ...bodyProblemAnswers },
    },
    config: { addsNothing: true },
    handler: async (request, reply) => {
      const { key } = endpointAt(context, request);
      const { status, retryAfter, body = "" } = request.body;
      const given = { status, retryAfter: retryAfter ?? undefined, body: Buffer.from(body) };
      const { arrival_id: id } = request.params;
      if (!context.inspections.answer(key, id, given)) {
        throw Problem.notFound("a request that waits for an answer", id);
      }
      return reply.code(204).send(null);
    },
  });
}

function arrivalOutOf({ id, atMs, headers, body, isVerified, answer: its }: Arrival) {
  const isAnswered = its.kind === "answered" || its.kind === "unheard";
  return {
    id,
    at: new Date(atMs).toISOString(),
    headers: [...headers],
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"),
    verified: isVerified,
    state: its.kind,
    status: isAnswered ? its.status : null,
    afterMs: isAnswered ? its.afterMs : null,
  } satisfies Static<typeof ArrivalOut.ref>;
}
