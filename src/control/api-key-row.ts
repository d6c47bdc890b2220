import { assert } from "../core/errors.ts";
import type { ApiKeyId, ApplicationId } from "../core/ids.ts";
import type { ApiKey } from "./entities.ts";

export interface ApiKeyRow {
  readonly key: number;
  readonly id: string;
  readonly organization: string;
  readonly application: number | null;
  readonly name: string;
  readonly hash: string;
  readonly created_at_ms: number;
  readonly expires_at_ms: number | null;
  readonly deleted_at_ms: number | null;
}

export const apiKeyColumns = [
  "key",
  "id",
  "organization",
  "application",
  "name",
  "hash",
  "created_at_ms",
  "expires_at_ms",
  "deleted_at_ms",
] as const satisfies readonly (keyof ApiKeyRow)[];

/** @param applicationId of the row's application, null if it has none */
export function toApiKey(row: ApiKeyRow, applicationId: string | null): ApiKey {
  // Else a key for one application would be taken for one of the whole organisation.
  assert((row.application === null) === (applicationId === null), "an API key has its application");
  return {
    id: row.id as ApiKeyId, // the column holds nothing else
    organization: row.organization,
    application: (applicationId as ApplicationId | null) ?? undefined, // the column holds nothing else
    name: row.name,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms ?? undefined,
  };
}
