/**
 * `Idempotency-Key`: a POST that is repeated with its key is answered as it was the first time, whatever the second one
 * says, and does nothing. A refusal is not kept: what was wrong may be corrected and sent under the same key.
 *
 *     no key ─────────────────────────────────────────────▶ handler
 *     key ──▶ wait for a twin under way ──▶ answer kept? ──▶ that answer
 *                                               └─ none ──▶ handler, which keeps its answer with what it writes
 *
 * What is kept is durable in the same transaction as what was done, so that a crash leaves both or neither. Twins are exact,
 * as every request of the process comes through the API's one thread, where claims are.
 */
import { hash, hkdfSync } from "node:crypto";
import type { FastifyReply, FastifyRequest, RouteHandlerMethod, RouteOptions } from "fastify";
import { Type } from "typebox";
import type { AskedWrites, OnceKey } from "../control/facade.ts";
import { assert } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { auditOf, type AskingRequest } from "./audited.ts";
import { Claims } from "./claims.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import type { Problem } from "./problem.ts";

/** An answer as it can be given again. */
export interface Answer {
  readonly status: number;
  /** Bytes are JSON already; null: no body. */
  readonly body: Buffer | object | null;
}

/** Finds the answer that a POST has kept for a key. */
export type KeptAnswer = (
  key: OnceKey,
  request: AskingRequest & Pick<FastifyRequest, "organization">,
) => Promise<Answer | undefined>;

declare module "fastify" {
  interface FastifyRequest {
    /** Set in handlers of requests with an idempotency key for which no answer is kept: they keep theirs. */
    onceKey: OnceKey | undefined;
    /** Why the body could not be read, if that was put off by `refuseBody`. */
    bodyProblem: Problem | undefined;
  }
  interface FastifyContextConfig {
    /** Of every POST. */
    readonly keptAnswer?: KeptAnswer;
    /** The POST ends the token that it comes with, and answers only those who have that one. */
    readonly endsToken?: true;
  }
}

const header = "idempotency-key";
const keyForm = new RegExp(`^[\\x20-\\x7e]{1,${limits.idempotencyKeyCharactersMax}}$`);
const sealingKeyBytes = 32;

const headers = Type.Object({
  [header]: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: limits.idempotencyKeyCharactersMax,
      pattern: "^[ -~]*$",
      description:
        "Repeated within 12 hours, the request is answered as it was the first time, if that was a success, and does nothing.",
    }),
  ),
});

/**
 * From here on, in this scope, POSTs with a key take effect once. A route that does not say how the answer it keeps is
 * found is refused.
 */
export function answerOnce(server: ApiServer): void {
  const claims = new Claims();
  server.decorateRequest("onceKey", undefined);
  server.decorateRequest("bodyProblem", undefined);
  server.addHook("onRoute", (route) => {
    if (route.method !== "POST") return;
    const keptAnswer = route.config?.keptAnswer;
    assert(
      keptAnswer !== undefined,
      `POST ${route.url} says in its config where its answer is kept`,
    );
    route.schema = { ...route.schema, headers };
    // A request that is repeated need not be valid.
    route.attachValidation = true;
    route.handler = onceHandler(route, keptAnswer, claims);
  });
}

function onceHandler(
  route: Pick<RouteOptions, "handler">,
  keptAnswer: KeptAnswer,
  claims: Claims,
): RouteHandlerMethod {
  const { handler } = route;
  return function handleOnce(request, reply) {
    const key = onceKeyOf(request);
    if (key === undefined) {
      checkValidity(request); // also of the key
      return handler.call(this, request, reply);
    }
    return claims.claim([Buffer.from(key.hash).toString("latin1")]).then(async (release) => {
      try {
        const answer = await keptAnswer(key, request);
        if (answer !== undefined) return sendAnswer(reply, answer);
        checkValidity(request);
        request.onceKey = key;
        return await handler.call(this, request, reply);
      } finally {
        release();
      }
    });
  };
}

function checkValidity({ bodyProblem, validationError }: FastifyRequest): void {
  const problem = bodyProblem ?? validationError;
  if (problem !== undefined) throw problem;
}

/** For body parsers: what their request fails with now. Null: it has a key, so it fails only if no answer is kept for that. */
export function refuseBody(request: FastifyRequest, problem: Problem): Problem | null {
  if (request.routeOptions.config.keptAnswer === undefined || keyIn(request) === undefined) {
    return problem;
  }
  request.bodyProblem = problem;
  return null;
}

/** Undefined: there is none, or a wrong one. */
function keyIn(request: FastifyRequest): string | undefined {
  const key = request.headers[header];
  return typeof key === "string" && keyForm.test(key) ? key : undefined;
}

/**
 * What a token that is refused is answered all the same: if it was ended by this very request, what that was answered.
 * Undefined: nothing is kept, or the operation ends no token.
 */
export async function answerToEnded(request: FastifyRequest): Promise<Answer | undefined> {
  const { endsToken, keptAnswer } = request.routeOptions.config;
  const key = endsToken === true ? onceKeyOf(request) : undefined;
  return key === undefined ? undefined : keptAnswer?.(key, request);
}

/**
 * Two requests are the same if organisation (and application, if it is an application's token), operation, path and key
 * are. Not the token, as producers take a new one every now and then; unless the operation is about the token.
 * Undefined: the request has no key, or a wrong one.
 */
function onceKeyOf(request: FastifyRequest): OnceKey | undefined {
  const { access, params, routeOptions } = request;
  const key = keyIn(request);
  if (key === undefined) return undefined;
  const who =
    routeOptions.config.endsToken === true
      ? [request.headers.authorization]
      : [access?.organization, access?.application ?? null];
  const text = JSON.stringify([who, routeOptions.url, params, key]);
  return {
    hash: hash("sha256", text, "buffer"),
    // Not before it is asked for: it costs several times as much as the rest, and messages don't need it.
    get sealingKey() {
      return new Uint8Array(hkdfSync("sha256", text, "", "kept answer", sealingKeyBytes));
    },
  };
}

export function sendAnswer(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  reply.code(status);
  if (Buffer.isBuffer(body)) reply.type("application/json; charset=utf-8");
  return reply.send(body);
}

/** Where a request's write goes: it takes effect once if the request has a key. */
export function writerOf(
  context: ApiContext,
  request: AskingRequest & Pick<FastifyRequest, "onceKey">,
): AskedWrites {
  const { onceKey } = request;
  const audit = auditOf(context, request);
  return onceKey === undefined ? audit : audit.once(onceKey);
}

/** For POSTs whose answer is that of a write by `writerOf`. */
export function keptByControl(
  { controlWriter }: Pick<ApiContext, "controlWriter">,
  answerOf: (result: never) => Answer,
): KeptAnswer {
  return async (key) => {
    const kept = await controlWriter.keptResult(key);
    return kept === undefined ? undefined : answerOf(kept.result as never); // what the same route has written
  };
}

/** For POSTs whose answer has a secret: it is not told again without an entry of the audit log. */
export function toldAgain(context: ApiContext, keptAnswer: KeptAnswer): KeptAnswer {
  return async (key, request) => {
    const kept = await keptAnswer(key, request);
    if (kept !== undefined) await auditOf(context, request).record("told");
    return kept;
  };
}
