import { PosthornError } from "../core/errors.ts";
import { applicationKeyOf, erasureIdOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { type ControlWrite, idRandomBytes } from "./control-write.ts";
import type { AuditedCall } from "./audit.ts";
import type { OrganizationId } from "./entities.ts";
import type { Erasure, ErasureReceipt, NewErasure } from "./erasure.ts";

const nothingYet: ErasureReceipt = { jobDbs: [], archives: [], damaged: [], quarantined: [] };

/**
 * False: the organisation has no such application, or that has no such endpoint.
 *
 * @throws PosthornError `conflict` if the organisation has as many running as it can
 */
export function startErasure(
  { store, atMs, randomBytes }: ControlWrite,
  askedBy: AuditedCall,
  organization: OrganizationId,
  asked: NewErasure,
): Erasure | false {
  const { erasures } = store;
  const application =
    erasures.applicationById(organization, asked.application) ??
    store.applicationByName(organization, asked.application)?.key;
  if (application === undefined) return false;
  const owner = applicationKeyOf(application);
  const endpoint =
    asked.endpoint === undefined
      ? null
      : (erasures.endpointById(owner, asked.endpoint) ??
        store.endpointByName(owner, asked.endpoint)?.key);
  if (endpoint === undefined) return false;
  const most = limits.erasuresRunningMax;
  if (erasures.runningCount(organization) >= most) {
    throw new PosthornError("conflict", `${most} erasures are running, the most there can be`);
  }
  const id = erasureIdOf(atMs, randomBytes(idRandomBytes));
  erasures.insert({
    id,
    organization,
    application,
    endpoint,
    message: asked.message ?? null,
    asked_by: JSON.stringify(askedBy),
    status: "running",
    receipt: JSON.stringify(nothingYet),
    created_at_ms: atMs,
    updated_at_ms: atMs,
  });
  return erasures.byId(organization, id) ?? false;
}
