/** What was done, by whom (ours, not Svix's): an organisation reads its own entries. */
import { Type, type Static } from "typebox";
import type { AuditEntry, AuditOutcome } from "../control/audit.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { instant, namePattern, nullable } from "./fields.ts";
import { parseInstantMs } from "./instant.ts";
import { cursorOf, listComponent, listingOf, pageQuery } from "./listing.ts";
import { answer, operation, problemAnswers } from "./operation.ts";

const auditEntryOutSchema = Type.Object({
  id: Type.String({
    description: "Its number in the log, which counts the entries of all organisations.",
    examples: ["1024"],
  }),
  timestamp: instant,
  operation: Type.String({ examples: ["v1.endpoint.create"] }),
  outcome: Type.Unsafe<AuditOutcome>({
    type: "string",
    enum: ["done", "asked", "failed", "told", "refused"],
    description:
      "`done`: it is in the change's own transaction. `asked`: written before it was done, and followed by `failed` if it was not. `told`: written before a secret was told. `refused`: nothing was done.",
  }),
  credential: Type.Object({
    kind: Type.Unsafe<"token" | "key" | "server">({
      type: "string",
      enum: ["token", "key", "server"],
      description: "`server`: nobody asked, the server did it by itself.",
    }),
    id: Type.String({
      description: "The API key's id, a part of the token's SHA-256, or `posthorn`.",
    }),
  }),
  scope: nullable(
    Type.String({ description: "The one application that the credential is for; null: all." }),
  ),
  client: Type.String({
    description: 'The address that the request came from; "" if there was none.',
  }),
  application: nullable(Type.String({ description: "The application that it was about." })),
  subjects: Type.Unsafe<Record<string, string>>({
    type: "object",
    additionalProperties: { type: "string" },
    description:
      "What it was about besides, by the names of the path's parameters. Of an endpoint that the server disabled also the `reason`: `gone` (it answered 410) or `failing` (for five days).",
  }),
  hash: Type.String({ description: "SHA-256 of the entry before and this one.", minLength: 64 }),
});
const AuditEntryOut = component("AuditEntryOut", auditEntryOutSchema);
const AuditEntryList = listComponent("ListResponse_AuditEntryOut_", AuditEntryOut.ref);

export function auditLogRoute(server: ApiServer, { auditLog }: ApiContext): void {
  for (const { schema } of [AuditEntryOut, AuditEntryList]) server.addSchema(schema);
  server.route({
    method: "GET",
    url: "/api/v1/audit-log",
    schema: {
      ...operation("v1.audit-log.list", "Audit Log", "List what was done, by whom", "organization"),
      querystring: Type.Object({
        ...pageQuery("[0-9]{1,15}"),
        operation: Type.Optional(
          Type.String({ maxLength: 256, description: "Only entries of this operation id." }),
        ),
        application: Type.Optional(
          Type.String({
            maxLength: 256,
            pattern: `^${namePattern}$`,
            description: "Only what was about the application of this id, deleted or not.",
          }),
        ),
        since: Type.Optional({ ...instant, description: "Only entries at or after this." }),
        until: Type.Optional({ ...instant, description: "Only entries before this." }),
      }),
      response: { 200: answer(AuditEntryList, "A page, newest first"), ...problemAnswers },
    },
    handler: async ({ organization, query }, reply) => {
      const cursor = cursorOf(query);
      const found = await auditLog.auditEntries(organization, {
        limit: cursor.limit + 1,
        edge: cursor.edge === undefined ? undefined : Number(cursor.edge),
        direction: cursor.backward ? "newer" : "older",
        operation: query.operation,
        application: query.application,
        sinceMs: query.since === undefined ? undefined : parseInstantMs(query.since),
        untilMs: query.until === undefined ? undefined : parseInstantMs(query.until),
      });
      return reply.send(listingOf(found.map(auditEntryOutOf), cursor, ({ id }) => id));
    },
  });
}

function auditEntryOutOf(entry: AuditEntry): Static<typeof AuditEntryOut.ref> {
  const { sequence, atMs, call, outcome, hash } = entry;
  const { operation: operationId, credential, scope, client, application, subjects } = call;
  return {
    id: String(sequence),
    timestamp: new Date(atMs).toISOString(),
    operation: operationId,
    outcome,
    credential,
    scope: scope ?? null,
    client,
    application: application ?? null,
    subjects,
    hash,
  };
}
