import { limits } from "../core/limits.ts";
import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import type { Application } from "../control/entities.ts";
import type { StoredAnswer, StoredMessage } from "../director/facade.ts";
import { assert } from "../core/errors.ts";
import { messageIdOf, parseMessageId, type Address } from "../core/ids.ts";
import { applicationOrNew } from "./application-alongside.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { applicationPath, eventTypeName, instant, messageFields, messagePath } from "./fields.ts";
import type { IntakeGate } from "./intake-gate.ts";
import type { JudgingTurns } from "./judging-turns.ts";
import { historyFilters, historyPageOf } from "./history-query.ts";
import { parseJsonBodies } from "./json-body.ts";
import { cursorOf, listComponent, listingOf, pageQuery, pageWithin } from "./listing.ts";
import type { MessageAnswers } from "./message-answers.ts";
import { incomingMessageOf, MessageIn } from "./message-in.ts";
import { contentOf, messageJson } from "./message-json.ts";
import type { Answer } from "./once.ts";
import {
  answer,
  bodyProblemAnswers,
  intakeProblemAnswers,
  operation,
  problemAnswers,
} from "./operation.ts";
import { Problem } from "./problem.ts";
import { ofTrace, traceOf } from "./trace.ts";
import type { UniqueEvents } from "./unique-events.ts";

const jsonType = "application/json; charset=utf-8";
const { payload, eventId, channels, tags } = messageFields;

/** What is told of a message. */
export const messageOutFields = {
  id: Type.String({ examples: ["msg_1srOrx2ZWZBpBUvZwXKQmoEYga2"] }),
  eventType: eventTypeName,
  payload,
  eventId,
  channels,
  tags,
  timestamp: instant,
};
export const MessageOut = component("MessageOut", Type.Object(messageOutFields));
const MessageList = listComponent("ListResponse_MessageOut_", MessageOut.ref);

export const withContent = Type.Boolean({
  default: true,
  description: "Whether the answer has the payload; `{}` stands in for it if not.",
});

/** What messages are accepted by. */
export interface Acceptance {
  readonly events: UniqueEvents;
  readonly answers: MessageAnswers;
  readonly gate: IntakeGate;
  readonly turns: JudgingTurns;
}

export function messageRoutes(
  server: ApiServer,
  context: ApiContext,
  acceptance: Acceptance,
): void {
  for (const { schema } of [MessageIn, MessageOut, MessageList]) server.addSchema(schema);
  void server.register((scope: ApiServer, _options, done) => {
    parseJsonBodies(scope, "payload");
    createRoute(scope, context, acceptance);
    done();
  });
  listRoute(server, context);
  getRoute(server, context);
}

function createRoute(
  server: ApiServer,
  context: ApiContext,
  { events, answers, gate, turns }: Acceptance,
): void {
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/msg",
    schema: {
      ...operation("v1.message.create", "Message", "Create a message", "organization"),
      params: applicationPath,
      querystring: Type.Object({ with_content: Type.Optional(withContent) }),
      body: MessageIn.ref,
      response: {
        202: answer(MessageOut, "Accepted: it is on disk and will be delivered"),
        ...bodyProblemAnswers,
        ...intakeProblemAnswers,
      },
    },
    config: { keptAnswer: answers.kept(acceptedAgain) },
    onRequest: gate.refuseEarly,
    handler: (request, reply) => {
      const bytes = request.rawMember;
      assert(bytes !== undefined, "a payload that is valid has bytes");
      return gate.pass(request, { messages: 1, bytes: bytes.length }, async (passage) => {
        const { hasWaited, hasNeighbour } = passage;
        if (hasWaited) await turns.share(hasNeighbour); // with others, which would all be worked at in one turn
        const given = request.body.application;
        const place = ["body", "application"];
        const application = await applicationOrNew(context, request, given, place);
        const untraced = incomingMessageOf(context, application, request.body, bytes);
        const message = ofTrace(untraced, traceOf(context, request));
        const isWithContent = request.query.with_content ?? true;
        const text = isWithContent ? withContentText : withoutContentText;
        const answer = answers.newAnswer(request, application.key, text);
        const address = await events.accept(message, answer);
        if (hasWaited) await turns.share(hasNeighbour);
        if (address === undefined) throw usedEventId(message.eventId);
        const content = contentOf(message, isWithContent);
        return sendJson(reply.code(202), messageJson({ ...message, address }, content));
      });
    },
  });
}

/** What is kept of an answer besides its message. */
const withContentText = "content";
const withoutContentText = "no content";

function acceptedAgain(stored: StoredAnswer): Answer {
  return {
    status: 202,
    body: storedJson(answeredMessage(stored), stored.text === withContentText),
  };
}

/** The message that an answer is about. */
export function answeredMessage({ messages }: StoredAnswer): StoredMessage {
  const [message] = messages;
  assert(message !== undefined, "a message is kept with the answer about it");
  return message;
}

function listRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/msg",
    schema: {
      ...operation("v1.message.list", "Message", "List an application's messages", "application"),
      params: applicationPath,
      querystring: Type.Object({
        ...pageQuery("msg_[0-9A-Za-z]{27}"),
        ...historyFilters,
        with_content: Type.Optional(withContent),
      }),
      response: { 200: answer(MessageList, "A page, newest first"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const { query } = request;
      const { key } = applicationOf(context, request);
      const cursor = cursorOf(query);
      const withPayload = query.with_content ?? true;
      const found = await context.history.messages(key, {
        ...historyPageOf(query, cursor, parseMessageId),
        eventTypes: query.event_types,
        channel: query.channel,
        tag: query.tag,
        payloadBytesMax: withPayload ? limits.pagePayloadBytesMax : 0,
      });
      const page = withPayload ? pageWithin(cursor, found) : cursor;
      const { data, ...ends } = listingOf(found, page, ({ address }) => messageIdOf(address));
      const items = data.map((message) => storedJson(message, withPayload));
      return sendJson(reply, listJson(items, ends));
    },
  });
}

function getRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/msg/:msg_id",
    schema: {
      ...operation("v1.message.get", "Message", "Get a message", "application"),
      params: messagePath,
      querystring: Type.Object({ with_content: Type.Optional(withContent) }),
      response: { 200: answer(MessageOut, "The message"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const application = applicationOf(context, request);
      const message = await messageOf(context, application, request.params.msg_id);
      return sendJson(reply, storedJson(message, request.query.with_content ?? true));
    },
  });
}

function usedEventId(eventId: string | undefined): Problem {
  const expected = "Expected an eventId that no other message of the application has";
  const advice = "If this is the same event, it has been accepted before.";
  return new Problem("conflict", `${expected}, got ${JSON.stringify(eventId)}. ${advice}`);
}

/** A message of the application, by its id or event id; else the problem `not_found`. */
export async function messageOf(
  context: ApiContext,
  application: Application,
  id: string,
): Promise<StoredMessage> {
  const address: Address | undefined = parseMessageId(id);
  const { history } = context;
  const message =
    (address === undefined ? undefined : await history.message(application.key, address)) ??
    (await history.messageOfEvent(application.key, id));
  if (message === undefined) throw Problem.notFound("a message", id);
  return message;
}

export function storedJson(message: StoredMessage, withPayload: boolean): Buffer {
  return messageJson(message, contentOf(message, withPayload));
}

/** @param ends what a listing has beside its items */
export function listJson(items: readonly Buffer[], ends: object): Buffer {
  const pieces: Buffer[] = [Buffer.from('{"data":[')];
  for (const [index, item] of items.entries()) {
    if (index > 0) pieces.push(Buffer.from(","));
    pieces.push(item);
  }
  pieces.push(Buffer.from(`],${JSON.stringify(ends).slice(1)}`));
  return Buffer.concat(pieces);
}

/** Bytes that are the answer's JSON already. */
export function sendJson(reply: Pick<FastifyReply, "header">, json: Buffer): FastifyReply {
  return reply.header("content-type", jsonType).send(json);
}
