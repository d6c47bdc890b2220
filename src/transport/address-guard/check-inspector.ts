/** Which URLs an endpoint at the inspector may have: it is called by name as others are, and connected to by nobody. */
import { inspectorHost, inspectorOrigin, parseAnswering } from "../../core/inspector-url.ts";
import type { DestinationRules } from "./destination-rules.ts";
import { matchesName, plainNameOf } from "./name-pattern.ts";

export function isNamedAsInspector({ hostname }: { readonly hostname: string }): boolean {
  return plainNameOf(hostname) === inspectorHost;
}

/** @param text whose host is named as the inspector; written in one way only, so that every part of the program reads the same in it */
export function reasonAgainstInspector(
  text: string,
  rules: Pick<DestinationRules, "deniedNames">,
): string | undefined {
  if (rules.deniedNames.some((pattern) => matchesName(pattern, inspectorHost))) {
    return "the operator refuses the inspector";
  }
  if (text !== inspectorOrigin && !text.startsWith(`${inspectorOrigin}/`)) {
    return `the inspector's URL begins with ${inspectorOrigin}/`;
  }
  const answering = parseAnswering(text.slice(inspectorOrigin.length) || "/");
  return answering.kind === "refused" ? answering.reason : undefined;
}
