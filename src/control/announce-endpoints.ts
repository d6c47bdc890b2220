import { announcementIdOf, applicationKeyOf } from "../core/ids.ts";
import type { EndpointEvent, EndpointEventType } from "../core/operational-event.ts";
import type { ApplicationRow } from "./application-row.ts";
import { idRandomBytes, type ControlWrite } from "./control-write.ts";
import type { EndpointRow } from "./endpoint-row.ts";

/** What is told besides the names of application and endpoint. */
export type EndpointNews = Pick<EndpointEvent, "type"> &
  Pick<EndpointEvent["data"], "failSince" | "pausedUntil">;

/**
 * Stages what is to be told of endpoints, in the transaction that changes them: both become durable, or neither does.
 * Stages nothing if none of the organisation's operational endpoints asks for it, nor of an operational endpoint itself, as
 * telling of these could go round in circles. What comes for one that is disabled is kept as for any other endpoint.
 *
 * @param endpoints of one application
 */
export function announceEndpoints(
  { store, atMs, randomBytes }: ControlWrite,
  news: EndpointEventType | EndpointNews,
  endpoints: readonly Omit<EndpointRow, "key">[],
): void {
  const [first] = endpoints;
  if (first === undefined) return;
  const application = store.application(applicationKeyOf(first.application));
  if (application === undefined || application.purpose !== null) return;
  const { organization } = application;
  const { type, ...more } = typeof news === "string" ? { type: news } : news;
  if (!store.isAnnounced(organization, type)) return;
  for (const endpoint of endpoints) {
    const event = endpointEventOf(type, application, { ...endpoint, more });
    const id = announcementIdOf(atMs, randomBytes(idRandomBytes));
    store.stage({ id, organization, body: JSON.stringify(event) });
  }
}

function endpointEventOf(
  type: EndpointEventType,
  application: Pick<ApplicationRow, "id" | "uid">,
  { id, uid, more }: Pick<EndpointRow, "id" | "uid"> & { readonly more: object },
): EndpointEvent {
  return {
    type,
    data: {
      appId: application.id,
      appUid: application.uid,
      endpointId: id,
      endpointUid: uid,
      ...more,
    },
  };
}
