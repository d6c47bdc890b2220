/**
 * An error that is part of the work, hundreds of times a second: where it was made says nothing, and a stack, which Node's
 * streams format when they are destroyed with it, costs more than what the error is for.
 */
export class StacklessError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
