import type { ControlReader } from "../control/facade.ts";
import type { OrganizationId } from "../control/entities.ts";
import type { ApiKeyId, ApplicationId } from "../core/ids.ts";
import type { Scope } from "./operation.ts";
import { Problem } from "./problem.ts";

/** What a request's token or key gives access to. */
export interface Access {
  readonly organization: OrganizationId;
  /** Undefined: all of the organisation's. */
  readonly application: ApplicationId | undefined;
  /** Unix milliseconds; undefined: it does not expire. */
  readonly expiresAtMs: number | undefined;
  readonly credential:
    /** `signed` is what its signature covers: unlike its whole text, nobody can write that in another way. */
    | { readonly kind: "token"; readonly signed: string }
    | { readonly kind: "key"; readonly id: ApiKeyId };
}

/**
 * Lets a request pass that has access to an operation of this scope; else the problem `forbidden`, or `not_found` for
 * another application than the token's: it is not told that there is one.
 *
 * @param applicationName the id or uid in the path; undefined if the operation is about no application
 */
export function authorize(
  access: Access,
  scope: Scope,
  applicationName: string | undefined,
  reader: Pick<ControlReader, "application">,
): void {
  const { organization, application: own } = access;
  if (own === undefined) return;
  if (scope === "organization") {
    throw new Problem(
      "forbidden",
      "Expected a token of the organisation, got one of an application. Use one that `posthorn token` prints.",
    );
  }
  if (applicationName === undefined) return;
  if (reader.application(organization, applicationName)?.id !== own) {
    throw Problem.notFound("an application", applicationName);
  }
}
