import { applicationKeyOf } from "../core/ids.ts";
import { changeApplication } from "./change-application.ts";
import type { ControlWrite } from "./control-write.ts";
import { createApplication } from "./create-application.ts";
import type { Application, ApplicationReplacement, OrganizationId } from "./entities.ts";

const idForm = /^app_[0-9A-Za-z]{27}$/;

/**
 * Replaces the application of this id or uid, or creates one with it as its uid. Undefined: it is an id, of no
 * application.
 *
 * @throws PosthornError `conflict` if the new uid is another application's
 */
export function putApplication(
  write: ControlWrite,
  organization: OrganizationId,
  idOrUid: string,
  input: ApplicationReplacement,
): { readonly application: Application; readonly created: boolean } | undefined {
  const row = write.store.applicationByName(organization, idOrUid);
  if (row === undefined) {
    if (idForm.test(idOrUid)) return undefined;
    return createApplication(write, organization, { uid: idOrUid, ...input }, false);
  }
  const uid = row.uid === idOrUid ? idOrUid : undefined;
  const application = changeApplication(write, applicationKeyOf(row.key), { uid, ...input });
  return application === undefined ? undefined : { application, created: false };
}
