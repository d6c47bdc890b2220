/** What an endpoint knows us by, and we it: fields of ours, which Svix has not. */
import { Type, type Static } from "typebox";
import type { Endpoint, EndpointChanges } from "../control/entities.ts";
import { basicAuthIn, checkedBasicAuth } from "./basic-auth.ts";
import { checkedTls, tlsIn, tlsOut, tlsOutOf } from "./tls-settings.ts";

/** However an endpoint is changed, what is left out stays. */
export const credentialInFields = {
  basicAuth: Type.Optional(basicAuthIn),
  tls: Type.Optional(tlsIn),
};

/** All that is told of them. */
export const credentialOutFields = {
  hasBasicAuth: Type.Boolean({
    description: "Whether a user name and password are sent, from the URL or `basicAuth`.",
  }),
  tls: tlsOut,
};

type Credentials = Pick<EndpointChanges, "basicAuth" | "tls">;

/** Those that a request has; else the problem `wrong_fields`. */
export function credentialsOf({
  url,
  basicAuth,
  tls,
}: {
  readonly url?: string;
  readonly basicAuth?: Static<typeof basicAuthIn>;
  readonly tls?: Static<typeof tlsIn>;
}): Credentials {
  return {
    ...(basicAuth === undefined ? {} : { basicAuth: checkedBasicAuth(basicAuth, url) }),
    ...(tls === undefined ? {} : { tls: tls === null ? undefined : checkedTls(tls) }),
  };
}

export function credentialsOutOf({ hasBasicAuth, tls }: Endpoint) {
  return { hasBasicAuth, tls: tlsOutOf(tls) };
}
