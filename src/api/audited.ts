/**
 * Who asks for what, as the audit log is told. Handlers change nothing but through here: their context has no other way to
 * the control store.
 */
import { hash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { AuditedCall } from "../control/audit.ts";
import type { AuditedWriter } from "../control/facade.ts";
import { assert } from "../core/errors.ts";
import type { Access } from "./access.ts";
import type { ApiContext } from "./context.ts";

export type AskingRequest = Pick<FastifyRequest, "access" | "ip" | "params" | "routeOptions">;

type Context = Pick<ApiContext, "controlReader" | "controlWriter">;

/** Of a token's hash: enough to tell tokens apart. */
const tokenIdDigits = 32;

/** Writes what a request asks for, in its name. */
export function auditOf(context: Context, request: AskingRequest): AuditedWriter {
  return context.controlWriter.audited(auditedCallOf(context, request));
}

/**
 * For what is not a write of the control store: there is an entry before anything is done, and another one if it failed. Without
 * the control store nothing is done.
 */
export async function recorded<Result>(
  context: Context,
  request: AskingRequest,
  act: () => Promise<Result>,
): Promise<Result> {
  const audit = auditOf(context, request);
  await audit.record("asked");
  try {
    return await act();
  } catch (error) {
    // Why it failed is told to whoever asked, whether or not the log still takes this.
    await audit.record("failed").catch(() => undefined);
    throw error;
  }
}

function auditedCallOf(
  { controlReader }: Pick<Context, "controlReader">,
  { access, ip, params, routeOptions }: AskingRequest,
): AuditedCall {
  assert(access !== undefined, "what is audited needs a token");
  const { app_id: name, ...subjects } = params as Readonly<Record<string, string>>; // texts, by the router
  const operation = routeOptions.schema?.["operationId"];
  assert(typeof operation === "string", "an operation has an id");
  const { organization, application: scope } = access;
  const application =
    name === undefined ? undefined : (controlReader.application(organization, name)?.id ?? name);
  return {
    organization,
    credential: credentialOf(access),
    scope,
    client: ip,
    operation,
    application,
    subjects,
  };
}

function credentialOf({ credential }: Access): AuditedCall["credential"] {
  return credential.kind === "key"
    ? credential
    : { kind: "token", id: hash("sha256", credential.signed, "hex").slice(0, tokenIdDigits) };
}
