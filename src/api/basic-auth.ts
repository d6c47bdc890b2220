import { Type, type Static } from "typebox";
import type { BasicAuth } from "../control/entities.ts";
import { limits } from "../core/limits.ts";
import { nullable } from "./fields.ts";
import { Problem } from "./problem.ts";

/** Neither has control characters, nor lone surrogates; a user name has no colon (RFC 7617). */
const controlless = "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]*$";

export const basicAuthIn = nullable(
  Type.Object(
    {
      username: Type.String({
        maxLength: limits.basicAuthCharactersMax,
        pattern: controlless.replace("\\u007f", ":\\u007f"),
        description: "Without a colon or control characters.",
      }),
      password: Type.String({
        maxLength: limits.basicAuthCharactersMax,
        pattern: controlless,
        writeOnly: true,
        description: "Without control characters.",
      }),
    },
    {
      description:
        "Sent as basic authorisation, and never shown; instead of user information in the URL. It stays if it is left out and the URL is the same. Ours, not Svix's.",
    },
  ),
);

/** What was given; else the problem `wrong_fields`: the URL has user information too. */
export function checkedBasicAuth(
  given: Static<typeof basicAuthIn>,
  urlText: string | undefined,
): BasicAuth | undefined {
  if (given === null) return undefined;
  const url = URL.parse(urlText ?? "");
  if (url === null || (url.username === "" && url.password === "")) return given;
  const msg =
    "Expected user name and password once, got them in the URL too. Leave one of them out.";
  throw Problem.wrongFields([{ loc: ["body", "basicAuth"], msg, type: "value_error" }]);
}
