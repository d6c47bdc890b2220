import { PosthornError } from "../core/errors.ts";
import { endpointIdOf, type ApplicationKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { announceEndpoints } from "./announce-endpoints.ts";
import { checkHeaderCount } from "./check-header-count.ts";
import { idRandomBytes, type ControlWrite } from "./control-write.ts";
import { endpointColumnsOf, tlsColumnsOf, toEndpoint, type EndpointRow } from "./endpoint-row.ts";
import type { Endpoint, NewEndpoint } from "./entities.ts";
import { signingSecretOf } from "./signing-secret-of.ts";
import { basicAuthorizationOf, splitUserInfo } from "./user-info.ts";

const noTls = { tls_authorities: null, tls_client_chain: null, tls_client_key: null };

/** @throws PosthornError `conflict` if the uid is taken, the application is deleted or has as many as it can */
export function createEndpoint(
  write: ControlWrite,
  application: ApplicationKey,
  input: NewEndpoint,
): Endpoint {
  const { store, atMs, randomBytes } = write;
  const owner = store.application(application);
  if (owner === undefined || owner.deleted_at_ms !== null) {
    throw new PosthornError("conflict", "the application has been deleted");
  }
  const { uid } = input;
  if (uid !== undefined && store.endpointByUid(application, uid) !== undefined) {
    throw new PosthornError("conflict", "an endpoint with this uid exists already");
  }
  if (store.endpointCount(application) >= limits.endpointsPerApplicationMax) {
    const most = limits.endpointsPerApplicationMax;
    throw new PosthornError("conflict", `the application has ${most} endpoints, the most it can`);
  }
  const { url, authorization } = splitUserInfo(input.url);
  const basicAuthorization =
    input.basicAuth === undefined ? authorization : basicAuthorizationOf(input.basicAuth);
  const row: Omit<EndpointRow, "key"> = {
    id: endpointIdOf(atMs, randomBytes(idRandomBytes)),
    application,
    ...endpointColumnsOf(input),
    url,
    authorization: basicAuthorization ?? null,
    ...tlsColumnsOf(noTls, input.tls),
    hand_pause: null,
    created_at_ms: atMs,
    updated_at_ms: atMs,
    deleted_at_ms: null,
  };
  checkHeaderCount(row);
  const key = store.writeRow("endpoint", { ...row, key: null });
  store.writeRow("signing_secret", {
    key: null,
    endpoint: key,
    secret: signingSecretOf(input.secret, randomBytes),
    created_at_ms: atMs,
    expires_at_ms: null,
  });
  announceEndpoints(write, "endpoint.created", [row]);
  return toEndpoint({ ...row, key });
}
