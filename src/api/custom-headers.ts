import { Type } from "typebox";
import type { Headers } from "../control/entities.ts";
import { checkCustomHeaders } from "../core/custom-headers.ts";
import { Problem } from "./problem.ts";

/** What an endpoint's owner has sent besides our headers. */
export const customHeaders = Type.Unsafe<Record<string, string>>({
  type: "object",
  additionalProperties: { type: "string" },
  description:
    "Sent with every attempt. Not those that HTTP, proxies or the signature need (`host`, `content-*`, `webhook-*` and so on).",
});

/** The same, with null for none. */
export const customHeadersOrNull = Type.Unsafe<Record<string, string> | null>({
  ...customHeaders,
  type: ["object", "null"],
});

/** The headers as they were given, else the problem `wrong_fields`. */
export function checkedHeaders(given: Headers): Headers {
  const check = checkCustomHeaders(Object.entries(given));
  if (check.kind === "ok") return given;
  const msg = `Refused: ${check.reason}. Correct it.`;
  throw Problem.wrongFields([{ loc: ["body", "headers"], msg, type: "value_error" }]);
}
