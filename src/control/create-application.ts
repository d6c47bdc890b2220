import { PosthornError } from "../core/errors.ts";
import { applicationIdOf } from "../core/ids.ts";
import { applicationColumnsOf, toApplication, type ApplicationRow } from "./application-row.ts";
import { idRandomBytes, type ControlWrite } from "./control-write.ts";
import type { Application, NewApplication, OrganizationId } from "./entities.ts";

/** @throws PosthornError `conflict` if the uid is taken, unless that one is wanted (`getIfExists`) */
export function createApplication(
  { store, atMs, randomBytes }: ControlWrite,
  organization: OrganizationId,
  input: NewApplication,
  getIfExists: boolean,
): { readonly application: Application; readonly created: boolean } {
  const { uid } = input;
  const taken = uid === undefined ? undefined : store.applicationByUid(organization, uid);
  if (taken !== undefined && getIfExists) {
    return { application: toApplication(taken), created: false };
  }
  if (taken !== undefined) {
    throw new PosthornError("conflict", "an application with this uid exists already");
  }
  const row: Omit<ApplicationRow, "key"> = {
    id: applicationIdOf(atMs, randomBytes(idRandomBytes)),
    organization,
    ...applicationColumnsOf(input),
    created_at_ms: atMs,
    updated_at_ms: atMs,
    deleted_at_ms: null,
    purpose: null,
  };
  const key = store.writeRow("application", { ...row, key: null });
  return { application: toApplication({ ...row, key }), created: true };
}
