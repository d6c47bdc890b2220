import { announcementIdOf, applicationKeyOf } from "../core/ids.ts";
import type { EndpointEvent, EndpointEventType } from "../core/operational-event.ts";
import type { ApplicationRow } from "./application-row.ts";
import { idRandomBytes, type ControlWrite } from "./control-write.ts";
import type { EndpointRow } from "./endpoint-row.ts";

/**
 * Stages what is to be told of endpoints, in the transaction that changes them: both become durable, or neither does.
 * Stages nothing if none of the organisation's operational endpoints asks for it, nor of an operational endpoint itself, as
 * telling of these could go round in circles. What comes for one that is disabled is kept as for any other endpoint.
 *
 * @param endpoints of one application
 */
export function announceEndpoints(
  { store, atMs, randomBytes }: ControlWrite,
  type: EndpointEventType,
  endpoints: readonly Omit<EndpointRow, "key">[],
): void {
  const [first] = endpoints;
  if (first === undefined) return;
  const application = store.application(applicationKeyOf(first.application));
  if (application === undefined || application.purpose !== null) return;
  const { organization } = application;
  if (!store.isAnnounced(organization, type)) return;
  for (const endpoint of endpoints) {
    const event = endpointEventOf(type, application, endpoint, atMs);
    const id = announcementIdOf(atMs, randomBytes(idRandomBytes));
    store.stage({ id, organization, body: JSON.stringify(event) });
  }
}

/** @param atMs of the change, Unix milliseconds: an endpoint is disabled when the attempt has failed that it is for */
function endpointEventOf(
  type: EndpointEventType,
  application: Pick<ApplicationRow, "id" | "uid">,
  endpoint: Pick<EndpointRow, "id" | "uid">,
  atMs: number,
): EndpointEvent {
  return {
    type,
    data: {
      appId: application.id,
      appUid: application.uid,
      endpointId: endpoint.id,
      endpointUid: endpoint.uid,
      ...(type === "endpoint.disabled" ? { failSince: new Date(atMs).toISOString() } : {}),
    },
  };
}
