/** Erasing an application's data, or a part of it, from everywhere, with a receipt (ours, not Svix's). */
import { Type, type Static } from "typebox";
import type { Erasure } from "../control/erasure.ts";
import { messageIdOf, parseMessageId } from "../core/ids.ts";
import { auditOf } from "./audited.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { controlPageQuery } from "./control-listing.ts";
import { instant, namePattern, nullable } from "./fields.ts";
import { cursorOf, listComponent, listingOf } from "./listing.ts";
import { keptByControl, sendAnswer, type Answer } from "./once.ts";
import { answer, bodyProblemAnswers, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const name = { minLength: 1, maxLength: 256, pattern: `^${namePattern}$` };

const ErasureIn = component(
  "ErasureIn",
  Type.Object({
    application: Type.String({ ...name, description: "By its id, even if deleted, or its uid." }),
    endpoint: Type.Optional(
      nullable(
        Type.String({
          ...name,
          description:
            "Only what it answered and where it was, not the messages: by its id, even if deleted, or its uid.",
        }),
      ),
    ),
    message: Type.Optional(
      nullable(Type.String({ ...name, description: "Only the message with this id." })),
    ),
  }),
);

const count = Type.Integer();
const counts = { messages: count, attempts: count };
const receipt = Type.Object({
  jobDbs: Type.Array(Type.Object({ jobDb: count, ...counts })),
  archives: Type.Array(
    Type.Object({
      name: Type.String(),
      ...counts,
      sha256: Type.String({ description: "Of the archive's manifest as it is since." }),
    }),
  ),
  damaged: Type.Array(Type.Object({ name: Type.String(), why: Type.String() }), {
    description: "Archives that could not be read, and may still have something.",
  }),
  quarantined: Type.Array(count, {
    description: "JobDbs that are set aside as damaged, and may still have something.",
  }),
});
const erasureOutSchema = Type.Object({
  id: Type.String({ examples: ["erase_1srOrx2ZWZBpBUvZwXKQmoEYga2"] }),
  status: Type.Unsafe<Erasure["status"]>({ type: "string", enum: ["running", "finished"] }),
  application: Type.String(),
  endpoint: nullable(Type.String()),
  message: nullable(Type.String()),
  createdAt: instant,
  updatedAt: instant,
  receipt: Type.Unsafe<Static<typeof receipt>>({
    ...receipt,
    description: "Rows that were in the scope, by where they are; while it is running, so far.",
  }),
  receiptSha256: nullable(
    Type.String({
      description:
        "Of the receipt's JSON without white space; the audit log has it too. Null while it is running.",
    }),
  ),
});
const ErasureOut = component("ErasureOut", erasureOutSchema);
const ErasureList = listComponent("ListResponse_ErasureOut_", ErasureOut.ref);
const url = "/api/v1/erasure";

export function erasureRoutes(server: ApiServer, options: ApiContext): void {
  for (const { schema } of [ErasureIn, ErasureOut, ErasureList]) server.addSchema(schema);
  createRoute(server, options);
  listRoute(server, options);
  getRoute(server, options);
}

function createRoute(server: ApiServer, options: ApiContext): void {
  server.route({
    method: "POST",
    url,
    schema: {
      ...operation(
        "v1.erasure.create",
        "Erasure",
        "Erase an application's data, or a part of it, from JobDbs and archive",
        "organization",
      ),
      body: ErasureIn.ref,
      response: {
        202: answer(ErasureOut, "It is on disk that it will be erased, whatever crashes"),
        ...bodyProblemAnswers,
      },
    },
    config: { keptAnswer: keptByControl(options, startedAnswer) },
    handler: async (request, reply) => {
      const { organization, onceKey } = request;
      const { application, endpoint, message } = request.body;
      const audit = auditOf(options, request);
      const writer = onceKey === undefined ? audit : audit.once(onceKey);
      const erasure = await writer.startErasure(organization, {
        application,
        endpoint: endpoint ?? undefined,
        message: message === undefined || message === null ? undefined : checkedMessage(message),
      });
      if (erasure === false) {
        throw Problem.notFound("an application, or an endpoint of it", endpoint ?? application);
      }
      options.onErasure();
      return sendAnswer(reply, startedAnswer(erasure));
    },
  });
}

/** Whether there is such a message is for the JobDbs and archives to say: it may be in an archive alone. */
function checkedMessage(id: string) {
  const address = parseMessageId(id);
  if (address !== undefined) return messageIdOf(address);
  const msg = `Expected a message's id, got ${JSON.stringify(id)}. An eventId won't do.`;
  throw Problem.wrongFields([{ loc: ["body", "message"], msg, type: "value_error" }]);
}

function startedAnswer(erasure: Erasure): Answer {
  return { status: 202, body: erasureOutOf(erasure) };
}

function listRoute(server: ApiServer, { erasures }: ApiContext): void {
  server.route({
    method: "GET",
    url,
    schema: {
      ...operation("v1.erasure.list", "Erasure", "List erasures", "organization"),
      querystring: Type.Object(controlPageQuery("erase_[0-9A-Za-z]{27}")),
      response: { 200: answer(ErasureList, "A page"), ...problemAnswers },
    },
    handler: async ({ organization, query }, reply) => {
      const cursor = cursorOf(query);
      const isDescending = (query.order === "descending") !== cursor.backward;
      const found = await erasures.erasures(organization, {
        limit: cursor.limit + 1,
        edge: cursor.edge,
        order: isDescending ? "descending" : "ascending",
      });
      return reply.send(listingOf(found.map(erasureOutOf), cursor, ({ id }) => id));
    },
  });
}

function getRoute(server: ApiServer, { erasures }: ApiContext): void {
  server.route({
    method: "GET",
    url: `${url}/:erasure_id`,
    schema: {
      ...operation("v1.erasure.get", "Erasure", "Get an erasure and its receipt", "organization"),
      params: Type.Object({ erasure_id: Type.String(name) }),
      response: { 200: answer(ErasureOut, "The erasure"), ...problemAnswers },
    },
    handler: async ({ organization, params }, reply) => {
      const erasure = await erasures.erasure(organization, params.erasure_id);
      if (erasure === undefined) throw Problem.notFound("an erasure", params.erasure_id);
      return reply.send(erasureOutOf(erasure));
    },
  });
}

function erasureOutOf(erasure: Erasure): Static<typeof ErasureOut.ref> {
  const { id, status, applicationId, endpointId, message, receiptSha256 } = erasure;
  return {
    id,
    status,
    application: applicationId,
    endpoint: endpointId ?? null,
    message: message ?? null,
    createdAt: new Date(erasure.createdAtMs).toISOString(),
    updatedAt: new Date(erasure.updatedAtMs).toISOString(),
    receipt: erasure.receipt as Static<typeof receipt>, // the same, but that it may not be changed
    receiptSha256: receiptSha256 ?? null,
  };
}
