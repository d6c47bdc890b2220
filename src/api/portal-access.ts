/** Tokens for an application's own people: made by the organisation, ended by whoever has one. */
import { Type, type Static } from "typebox";
import { assert } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { applicationAlongside, applicationOrNew } from "./application-alongside.ts";
import { auditOf } from "./audited.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { createToken, type TokenSigner } from "./create-token.ts";
import { applicationPath, namePattern, nullable } from "./fields.ts";
import { keptByControl, sendAnswer, toldAgain, writerOf, type Answer } from "./once.ts";
import { answer, bodyProblemAnswers, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const AppPortalAccessIn = component(
  "AppPortalAccessIn",
  Type.Object({
    application: Type.Optional(applicationAlongside),
    expiry: Type.Optional(
      nullable(
        Type.Integer({
          minimum: limits.portalTokenSecondsMin,
          maximum: limits.portalTokenSecondsMax,
          description: "Seconds that the token works, 7 days if left out.",
        }),
      ),
    ),
    featureFlags: Type.Optional(
      Type.Array(Type.String({ maxLength: 256, pattern: `^${namePattern}$` }), {
        uniqueItems: true,
        description: "Not looked at: the token shows event types whatever their feature flag.",
      }),
    ),
    readOnly: Type.Optional(
      nullable(
        Type.Boolean({
          description:
            "True: the token changes nothing and is told no signing secret; such requests get 403.",
        }),
      ),
    ),
    capabilities: Type.Optional(
      Type.Null({ description: "Not there but for `readOnly`: only null is taken." }),
    ),
  }),
);

const AppPortalAccessOut = component(
  "AppPortalAccessOut",
  Type.Object({
    url: Type.String({
      minLength: 1,
      maxLength: 65_536,
      format: "uri",
      description:
        "Where the portal of this server will be, with the token in the fragment. Nothing is there yet.",
    }),
    token: Type.String(),
  }),
);

export interface PortalAccessOptions extends ApiContext {
  readonly jwtKeys: TokenSigner;
  readonly publicUrl: () => string;
  readonly nowMs: () => number;
}

export function portalAccessRoutes(server: ApiServer, options: PortalAccessOptions): void {
  for (const { schema } of [AppPortalAccessIn, AppPortalAccessOut]) server.addSchema(schema);
  accessRoute(server, options);
  logoutRoute(server, options);
}

function accessRoute(server: ApiServer, options: PortalAccessOptions): void {
  server.route({
    method: "POST",
    url: "/api/v1/auth/app-portal-access/:app_id",
    schema: {
      ...operation(
        "v1.authentication.app-portal-access",
        "Authentication",
        "Make a token for one application",
        "organization",
      ),
      params: applicationPath,
      body: AppPortalAccessIn.ref,
      response: { 200: answer(AppPortalAccessOut, "The token"), ...bodyProblemAnswers },
    },
    config: { keptAnswer: toldAgain(options, keptByControl(options, accessAnswer)) },
    handler: async (request, reply) => {
      const { organization, body, onceKey } = request;
      const place = ["body", "application"];
      const { id } = await applicationOrNew(options, request, body.application, place);
      const audit = auditOf(options, request);
      await audit.record("told");
      const token = await createToken(options.jwtKeys, {
        organization,
        application: id,
        onlyReads: body.readOnly ?? false,
        nowMs: options.nowMs(),
        expiresInSeconds: body.expiry ?? limits.portalTokenSecondsMax,
      });
      const login = Buffer.from(JSON.stringify({ appId: id, token })).toString("base64url");
      const url = `${options.publicUrl()}/portal#key=${login}`;
      const made = JSON.stringify({ url, token } satisfies Static<typeof AppPortalAccessOut.ref>);
      const kept = onceKey === undefined ? made : await audit.once(onceKey).keep(made);
      return sendAnswer(reply, accessAnswer(kept));
    },
  });
}

function accessAnswer(json: string): Answer {
  return { status: 200, body: Buffer.from(json) };
}

const loggedOut: Answer = { status: 204, body: null };

function logoutRoute(server: ApiServer, context: PortalAccessOptions): void {
  server.route({
    method: "POST",
    url: "/api/v1/auth/logout",
    schema: {
      ...operation(
        "logout_api_v1_auth_logout__post",
        "Authentication",
        "Log an application's token out",
        "application",
      ),
      response: {
        204: Type.Null({ description: "From now on the token of this request is refused" }),
        ...problemAnswers,
      },
    },
    config: {
      keptAnswer: keptByControl(context, () => loggedOut),
      endsToken: true,
      forReaders: true,
    },
    handler: async (request, reply) => {
      const { access } = request;
      assert(access !== undefined, "a request that was let pass has access");
      const { credential, organization, application, expiresAtMs } = access;
      if (application === undefined) {
        throw new Problem(
          "forbidden",
          "Expected a token of an application, got one of the organisation. Delete an API key, or change the secret.",
        );
      }
      const writer = writerOf(context, request);
      if (credential.kind === "key") await writer.deleteApiKey(organization, credential.id);
      else await writer.revokeToken(credential.signed, expiresAtMs);
      return sendAnswer(reply, loggedOut);
    },
  });
}
