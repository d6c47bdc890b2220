import type { UnansweredReason } from "../core/delivery.ts";
import { StacklessError } from "./stackless-error.ts";

/**
 * Why there is no connection. The reason is all that an endpoint's owner learns; the message is for debugging. Its code must
 * not be one of undici's: `UND_ERR_SOCKET` and `UND_ERR_INFO` make a client keep its requests and connect again.
 */
export class ConnectError extends StacklessError {
  override readonly name = "ConnectError";
  readonly code = "POSTHORN_CONNECT";
  readonly reason: UnansweredReason;

  constructor(reason: UnansweredReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
