import { errors } from "undici";
import type { UnansweredReason } from "../core/delivery.ts";
import { AnswerExcess } from "./answer-bounds.ts";
import { ConnectError } from "./connect-error.ts";
import { tlsFailureOf } from "./tls-failure.ts";

const tlsCode = /^ERR_(?:SSL|TLS)_/;

/**
 * What an error of undici or of a socket means for an attempt. By class, as undici 8.12 gives its parser's errors no code.
 *
 * @param answerBegun whether a byte of an answer had come: an answer that breaks off is no HTTP
 */
export function unansweredReasonOf(error: Error, answerBegun: boolean): UnansweredReason {
  if (error instanceof ConnectError) return error.reason;
  const broken =
    error instanceof AnswerExcess ||
    error instanceof errors.HTTPParserError ||
    error instanceof errors.HeadersOverflowError ||
    error instanceof errors.ResponseContentLengthMismatchError ||
    (error instanceof errors.SocketError && answerBegun);
  if (broken) return "protocol";
  const code = "code" in error ? String(error.code) : "";
  return tlsCode.test(code) ? tlsFailureOf(code) : "connection";
}
