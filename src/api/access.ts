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
  /** Whether it may change nothing, and is told no signing secret. Only an application's token may be so. */
  readonly onlyReads: boolean;
  /** Unix milliseconds; undefined: it does not expire. */
  readonly expiresAtMs: number | undefined;
  readonly credential:
    /** `signed` is what its signature covers: unlike its whole text, nobody can write that in another way. */
    | { readonly kind: "token"; readonly signed: string }
    | { readonly kind: "key"; readonly id: ApiKeyId };
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether a token that only reads may do it; undefined: if it is a GET. */
    readonly forReaders?: boolean;
  }
}

/** What of a request says who may do it. */
export interface AccessNeed {
  readonly scope: Scope;
  /** The id or uid in the path; undefined if the operation is about no application. */
  readonly applicationName: string | undefined;
  readonly isForReaders: boolean;
}

/**
 * Lets a request pass that has access to what it needs; else the problem `forbidden`, or `not_found` for
 * another application than the token's: it is not told that there is one.
 */
export function authorize(
  access: Access,
  { scope, applicationName, isForReaders }: AccessNeed,
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
  if (applicationName !== undefined) {
    if (reader.application(organization, applicationName)?.id !== own) {
      throw Problem.notFound("an application", applicationName);
    }
  }
  if (access.onlyReads && !isForReaders) {
    throw new Problem(
      "forbidden",
      "Expected a token that may change things and see secrets, got one that only reads. Ask whoever gave it to you for another.",
    );
  }
}
