/** Every failure's way to an answer, whoever raised it: routes, the stores behind them, Fastify. */
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
} from "fastify";
import { PosthornError, type ErrorCode } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { Problem } from "./problem.ts";

/** Seconds after which to come back: soon when a queue has to drain, later when the program has to be started again. */
const retryAfterSeconds: Readonly<Partial<Record<ErrorCode, number>>> = {
  overloaded: 1,
  control_unavailable: 5,
  shutting_down: 5,
  disk_full: 10,
  archive_failed: 10,
  jobdb_failed: 10,
  thread_died: 10,
  jobdb_stale_owner: 10,
};

export function answerProblems(server: FastifyInstance, logger: FastifyBaseLogger): void {
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500 && (problem.code !== "unavailable" || isNews(error))) {
      const { method, routeOptions } = request;
      // The route, not the URL: what is in a query is nobody's business.
      logger.error({ err: error, method, route: routeOptions.url }, "request failed");
    }
    return send(reply, problem);
  });
  server.setNotFoundHandler((request, reply) => {
    const got = JSON.stringify(`${request.method} ${request.url}`);
    return send(
      reply,
      new Problem("not_found", `Expected an operation of /api/v1/openapi.json, got ${got}.`),
    );
  });
}

/** Of what is told as passing: whether nobody has logged it, as who asked is the first to find out. */
function isNews(error: unknown): boolean {
  return error instanceof PosthornError && error.code === "archive_failed";
}

/** A URL that can't be decoded. */
export function answerUnroutable(
  error: FastifyError,
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  send(reply, frameworkProblemOf(error));
}

function send(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterSeconds !== undefined) {
    reply.header("retry-after", problem.retryAfterSeconds);
  }
  if (problem.code === "authentication_failed") reply.header("www-authenticate", "Bearer");
  return reply.code(problem.status).type("application/json; charset=utf-8").send(problem.toJSON());
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof PosthornError) return operationalProblemOf(error);
  if (isFastifyError(error)) return frameworkProblemOf(error);
  return serverError();
}

function operationalProblemOf(error: PosthornError): Problem {
  if (error.code === "conflict") return new Problem("conflict", error.message);
  if (error.code === "jobdb_dropped") {
    const detail = "Expected a message that is still kept, but its time is over just now.";
    return new Problem("not_found", detail);
  }
  const seconds = retryAfterSeconds[error.code];
  if (seconds === undefined) return serverError();
  return new Problem(
    "unavailable",
    `Expected to do this now, but can't (${error.code}). Try again in ${seconds} seconds.`,
    { retryAfterSeconds: seconds },
  );
}

function frameworkProblemOf(error: FastifyError): Problem {
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new Problem(
        "body_too_large",
        `Expected a body of at most ${limits.bodyBytesMax} bytes (${limits.batchBodyBytesMax} for a batch), got more. Send less.`,
      );
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new Problem(
        "unsupported_media_type",
        "Expected the Content-Type application/json (or application/x-ndjson for a batch), got another or none. Set it.",
      );
    default: {
      const { statusCode } = error;
      return statusCode !== undefined && statusCode >= 400 && statusCode < 500
        ? new Problem("bad_request", `Expected a sound request, got: ${error.message}.`)
        : serverError();
    }
  }
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && "code" in error && "statusCode" in error;
}

function serverError(): Problem {
  return new Problem(
    "server_error",
    "Expected to fulfil this request, but failed. The server's log says why; try again later.",
  );
}
