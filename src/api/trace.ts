import type { IncomingHttpHeaders } from "node:http";
import type { IncomingMessage } from "../core/message.ts";
import { parseTraceparent, traceparentOf } from "../core/trace-context.ts";
import type { ApiContext } from "./context.ts";

/** The trace that a request's messages belong to; undefined: none, or traces are exported nowhere. */
export function traceOf(
  { isTracing }: Pick<ApiContext, "isTracing">,
  { headers }: { readonly headers: IncomingHttpHeaders },
): string | undefined {
  const given = headers["traceparent"];
  if (!isTracing || typeof given !== "string") return undefined;
  const context = parseTraceparent(given);
  return context && traceparentOf(context);
}

/** The message as one of a trace. */
export function ofTrace(message: IncomingMessage, trace: string | undefined): IncomingMessage {
  return trace === undefined ? message : { ...message, trace };
}
