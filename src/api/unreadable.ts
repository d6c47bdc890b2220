/** What can't even be read as a request, and what is said of it without Fastify. */
import { limits } from "../core/limits.ts";
import { Problem } from "./problem.ts";

/** A whole HTTP answer, after which the connection closes. */
export function rawAnswerOf(problem: Problem): string {
  const body = JSON.stringify(problem);
  const { retryAfterSeconds } = problem;
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.code}`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
    "Connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

/** @param code of the error of Node's HTTP server */
export function unreadableProblemOf(code: string | undefined): Problem {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new Problem(
        "request_timeout",
        `Expected a whole request within ${limits.requestTimeoutMs} ms (its headers within ${limits.requestHeadersTimeoutMs} ms), got a part. Send it faster.`,
      );
    case "HPE_HEADER_OVERFLOW":
      return new Problem(
        "headers_too_large",
        `Expected headers of at most ${limits.requestHeaderBytesMax} bytes, got more. Send less.`,
      );
    default:
      return new Problem("bad_request", "Expected an HTTP/1.1 request, got something else.");
  }
}
