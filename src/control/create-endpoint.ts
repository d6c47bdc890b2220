import { assert, PosthornError } from "../core/errors.ts";
import { endpointIdOf, type ApplicationKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { checkSigningSecret, hmacBytesNew, hmacSecretOf } from "../core/signing-secret.ts";
import { idRandomBytes, type ControlWrite } from "./control-write.ts";
import { toEndpoint, type EndpointRow } from "./endpoint-row.ts";
import type { Endpoint, NewEndpoint } from "./facade.ts";
import { splitUserInfo } from "./user-info.ts";

/** @throws PosthornError `conflict` if the uid is taken, the application is deleted or has as many as it can */
export function createEndpoint(
  { store, atMs, randomBytes }: ControlWrite,
  application: ApplicationKey,
  input: NewEndpoint,
): Endpoint {
  const owner = store.application(application);
  if (owner === undefined || owner.deleted_at_ms !== null) {
    throw new PosthornError("conflict", "the application has been deleted");
  }
  const { uid } = input;
  if (uid !== undefined && store.isEndpointUidTaken(application, uid)) {
    throw new PosthornError("conflict", "an endpoint with this uid exists already");
  }
  if (store.endpointCount(application) >= limits.endpointsPerApplicationMax) {
    const most = limits.endpointsPerApplicationMax;
    throw new PosthornError("conflict", `the application has ${most} endpoints, the most it can`);
  }
  const { url, authorization } = splitUserInfo(input.url);
  const row: Omit<EndpointRow, "key"> = {
    id: endpointIdOf(atMs, randomBytes(idRandomBytes)),
    application,
    uid: uid ?? null,
    url,
    authorization: authorization ?? null,
    description: input.description,
    disabled: input.disabled ? 1 : 0,
    event_types: toJson(input.eventTypes),
    channels: toJson(input.channels),
    throttle_rate: input.throttleRate ?? null,
    metadata: JSON.stringify(input.metadata),
    headers: "{}",
    created_at_ms: atMs,
    updated_at_ms: atMs,
    deleted_at_ms: null,
  };
  const key = store.writeRow("endpoint", { ...row, key: null });
  store.writeRow("signing_secret", {
    key: null,
    endpoint: key,
    secret:
      input.secret === undefined
        ? hmacSecretOf(randomBytes(hmacBytesNew))
        : normalSecretOf(input.secret),
    created_at_ms: atMs,
    expires_at_ms: null,
  });
  return toEndpoint({ ...row, key });
}

function toJson(names: readonly string[] | undefined): string | null {
  return names === undefined ? null : JSON.stringify(names);
}

function normalSecretOf(text: string): string {
  const check = checkSigningSecret(text);
  assert(check.kind === "ok", "a secret is checked before it comes to the control store");
  return check.secret;
}
