import type { UnansweredReason } from "../core/delivery.ts";

/**
 * Why there is no connection. The reason is all that an endpoint's owner learns; the message is for debugging. It has no stack:
 * it is part of the work, hundreds of times a second, and where it was made says nothing. Its code must not be one of
 * undici's: `UND_ERR_SOCKET` and `UND_ERR_INFO` make a client keep its requests and connect again.
 */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly code = "POSTHORN_CONNECT";
  readonly reason: UnansweredReason;

  constructor(reason: UnansweredReason, message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.reason = reason;
  }
}
