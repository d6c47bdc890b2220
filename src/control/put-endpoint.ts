import { endpointKeyOf, type ApplicationKey } from "../core/ids.ts";
import { changeEndpoint } from "./change-endpoint.ts";
import type { ControlWrite } from "./control-write.ts";
import { createEndpoint } from "./create-endpoint.ts";
import type { Endpoint, EndpointReplacement } from "./entities.ts";

const idForm = /^ep_[0-9A-Za-z]{27}$/;

/**
 * Replaces the endpoint of this id or uid but for its secret and headers, and credentials that are left out, or creates one with it as its uid.
 * Undefined: it is an id, of no endpoint.
 *
 * @throws PosthornError `conflict` as creating does, or if the new uid is another endpoint's
 */
export function putEndpoint(
  write: ControlWrite,
  application: ApplicationKey,
  idOrUid: string,
  input: EndpointReplacement,
): { readonly endpoint: Endpoint; readonly created: boolean } | undefined {
  const row = write.store.endpointByName(application, idOrUid);
  if (row === undefined) {
    if (idForm.test(idOrUid)) return undefined;
    const given = { basicAuth: undefined, tls: undefined, ...input };
    const fields = { uid: idOrUid, ...given, secret: undefined, headers: {} };
    return { endpoint: createEndpoint(write, application, fields), created: true };
  }
  const uid = row.uid === idOrUid ? idOrUid : undefined;
  const endpoint = changeEndpoint(write, endpointKeyOf(row.key), { uid, ...input });
  return endpoint === undefined ? undefined : { endpoint, created: false };
}
