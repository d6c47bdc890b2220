import { encodeBase62 } from "../core/base62.ts";
import { PosthornError } from "../core/errors.ts";
import { apiKeyIdOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { toApiKey, type ApiKeyRow } from "./api-key-row.ts";
import { idRandomBytes, type ControlWrite } from "./control-write.ts";
import { credentialHash } from "./credential-hash.ts";
import type { ApiKey, NewApiKey, OrganizationId } from "./entities.ts";

const secretBytes = 32;
const secretDigits = 45;

/**
 * The text of the key is told here and never again: only its hash is stored.
 *
 * @throws PosthornError `conflict` if the application is deleted or the organisation has as many keys as it can
 */
export function createApiKey(
  { store, atMs, randomBytes }: ControlWrite,
  organization: OrganizationId,
  input: NewApiKey,
): { readonly apiKey: ApiKey; readonly secret: string } {
  const { application } = input;
  const owner = application === undefined ? undefined : store.application(application);
  if (application !== undefined && (owner === undefined || owner.deleted_at_ms !== null)) {
    throw new PosthornError("conflict", "the application has been deleted");
  }
  const most = limits.apiKeysPerOrganizationMax;
  if (store.apiKeyCount(organization) >= most) {
    throw new PosthornError("conflict", `there are ${most} API keys, the most there can be`);
  }
  const secret = `pk_${encodeBase62(randomBytes(secretBytes), secretDigits)}`;
  const row: Omit<ApiKeyRow, "key"> = {
    id: apiKeyIdOf(atMs, randomBytes(idRandomBytes)),
    organization,
    application: application ?? null,
    name: input.name,
    hash: credentialHash(secret),
    created_at_ms: atMs,
    expires_at_ms: input.expiresAtMs ?? null,
    deleted_at_ms: null,
  };
  const key = store.writeRow("api_key", { ...row, key: null });
  return { apiKey: toApiKey({ ...row, key }, owner?.id ?? null), secret };
}
