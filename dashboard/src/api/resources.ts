/** What is asked of the API: one definition for each thing that is shown, so that whoever shows it shares it. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { findRawMember } from "../../../src/core/raw-json.ts";
import { path, type ApiClient, type Query } from "./client.ts";
import type {
  ApiKeyOut,
  ApplicationOut,
  ArchiveOut,
  AuditEntryOut,
  BackgroundTaskOut,
  EndpointHeadersOut,
  EndpointMessageOut,
  EndpointOut,
  EndpointQueueCountOut,
  EndpointQueueOut,
  EndpointSecretOut,
  EndpointStats,
  EventTypeOut,
  JobDbsOut,
  MessageAttemptOut,
  MessageEndpointOut,
  MessageOut,
} from "./shapes.ts";

/** A page of a list. */
export interface Listed<Item> {
  readonly data: readonly Item[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
}

export interface EndpointAddress {
  readonly application: string;
  readonly endpoint: string;
}

const pageItems = 50;
/** The most that the API gives at once. */
const catalogueItems = 250;
/** What changes by itself is asked for again this often, while somebody looks at the page. */
const refreshMs = 5_000;
/** The same of long work that somebody waits for. */
const progressMs = 1_000;
const jsonDepthMax = 128;

function list<Item>(api: ApiClient, url: string, query: Query) {
  return queryOptions({
    queryKey: [url, query],
    queryFn: ({ signal }) => api.get<Listed<Item>>(url, { limit: pageItems, ...query }, signal),
    placeholderData: keepPreviousData,
  });
}

function item<Item>(api: ApiClient, url: string) {
  return queryOptions({
    queryKey: [url],
    queryFn: ({ signal }) => api.get<Item>(url, {}, signal),
  });
}

export function applications(api: ApiClient, query: Query) {
  return list<ApplicationOut>(api, "/api/v1/app", { order: "descending", ...query });
}

export function application(api: ApiClient, id: string) {
  return item<ApplicationOut>(api, path`/api/v1/app/${id}`);
}

export function endpoints(api: ApiClient, id: string, query: Query) {
  return list<EndpointOut>(api, path`/api/v1/app/${id}/endpoint`, query);
}

export function endpoint(api: ApiClient, { application: id, endpoint: name }: EndpointAddress) {
  return item<EndpointOut>(api, path`/api/v1/app/${id}/endpoint/${name}`);
}

export function endpointHeaders(
  api: ApiClient,
  { application: id, endpoint: name }: EndpointAddress,
) {
  return item<EndpointHeadersOut>(api, path`/api/v1/app/${id}/endpoint/${name}/headers`);
}

export function queue(api: ApiClient, { application: id, endpoint: name }: EndpointAddress) {
  return queryOptions({
    ...item<EndpointQueueOut>(api, path`/api/v1/app/${id}/endpoint/${name}/queue`),
    refetchInterval: refreshMs,
  });
}

export function attemptsOfEndpoint(
  api: ApiClient,
  { application: id, endpoint: name }: EndpointAddress,
  query: Query,
) {
  return queryOptions({
    ...list<MessageAttemptOut>(api, path`/api/v1/app/${id}/attempt/endpoint/${name}`, query),
    refetchInterval: refreshMs,
  });
}

/** Those that were for it, with what has become of each there. */
export function messagesOfEndpoint(
  api: ApiClient,
  { application: id, endpoint: name }: EndpointAddress,
  query: Query,
) {
  return queryOptions({
    ...list<EndpointMessageOut>(api, path`/api/v1/app/${id}/endpoint/${name}/msg`, query),
    refetchInterval: refreshMs,
  });
}

export function messages(api: ApiClient, id: string, query: Query) {
  return queryOptions({
    ...list<MessageOut>(api, path`/api/v1/app/${id}/msg`, { with_content: false, ...query }),
    refetchInterval: refreshMs,
  });
}

export interface MessageAddress {
  readonly application: string;
  readonly message: string;
}

export interface ReadMessage extends Omit<MessageOut, "payload"> {
  /** The producer's own text. */
  readonly payload: string;
}

export function message(api: ApiClient, { application: id, message: name }: MessageAddress) {
  const url = path`/api/v1/app/${id}/msg/${name}`;
  return queryOptions({
    queryKey: [url],
    queryFn: async ({ signal }) => readMessageOf(await api.getBytes(url, {}, signal)),
  });
}

/** Parsing the payload and writing it again would change large numbers and lose duplicate keys. */
function readMessageOf(answer: Uint8Array): ReadMessage {
  const text = new TextDecoder();
  const parsed = JSON.parse(text.decode(answer)) as MessageOut; // by the API's document
  const raw = findRawMember(answer, "payload", jsonDepthMax);
  const payload = raw.kind === "found" ? text.decode(answer.subarray(raw.start, raw.end)) : "";
  return { ...parsed, payload };
}

export function destinations(api: ApiClient, { application: id, message: name }: MessageAddress) {
  return queryOptions({
    ...list<MessageEndpointOut>(api, path`/api/v1/app/${id}/msg/${name}/endpoint`, {}),
    refetchInterval: refreshMs,
  });
}

export function attemptsOfMessage(
  api: ApiClient,
  { application: id, message: name }: MessageAddress,
  query: Query,
) {
  return queryOptions({
    ...list<MessageAttemptOut>(api, path`/api/v1/app/${id}/attempt/msg/${name}`, query),
    refetchInterval: refreshMs,
  });
}

export function eventTypes(api: ApiClient, query: Query) {
  return list<EventTypeOut>(api, "/api/v1/event-type", { with_content: true, ...query });
}

export function eventType(api: ApiClient, name: string) {
  return item<EventTypeOut>(api, path`/api/v1/event-type/${name}`);
}

/** The event types that can be chosen from: the first of them, if there are more than anybody would read. */
export function catalogue(api: ApiClient) {
  return list<EventTypeOut>(api, "/api/v1/event-type", {
    with_content: true,
    limit: catalogueItems,
  });
}

export function endpointSecret(
  api: ApiClient,
  { application: id, endpoint: name }: EndpointAddress,
) {
  return item<EndpointSecretOut>(api, path`/api/v1/app/${id}/endpoint/${name}/secret`);
}

export function backgroundTasks(api: ApiClient, query: Query) {
  return queryOptions({
    ...list<BackgroundTaskOut>(api, "/api/v1/background-task", { order: "descending", ...query }),
    refetchInterval: refreshMs,
  });
}

export function backgroundTask(api: ApiClient, id: string) {
  return queryOptions({
    ...item<BackgroundTaskOut>(api, path`/api/v1/background-task/${id}`),
    refetchInterval: ({ state: { data } }) => (data?.status === "running" ? progressMs : false),
  });
}

/** How many of an endpoint's messages of some time are in each state. */
export function countsOfEndpoint(
  api: ApiClient,
  { application: id, endpoint: name }: EndpointAddress,
  query: Query,
) {
  const url = path`/api/v1/app/${id}/endpoint/${name}/stats`;
  return queryOptions({
    queryKey: [url, query],
    queryFn: ({ signal }) => api.get<EndpointStats>(url, query, signal),
    placeholderData: keepPreviousData,
  });
}

/** Of how many messages something waits for an endpoint. */
export function countOfWaiting(
  api: ApiClient,
  { application: id, endpoint: name }: EndpointAddress,
  query: Query,
) {
  const url = path`/api/v1/app/${id}/endpoint/${name}/queue/count`;
  return queryOptions({
    queryKey: [url, query],
    queryFn: ({ signal }) => api.get<EndpointQueueCountOut>(url, query, signal),
    placeholderData: keepPreviousData,
  });
}

export function auditLog(api: ApiClient, query: Query) {
  return list<AuditEntryOut>(api, "/api/v1/audit-log", query);
}

export function storage(api: ApiClient) {
  return queryOptions({
    ...item<JobDbsOut>(api, "/api/v1/job-db"),
    refetchInterval: refreshMs,
  });
}

export function archives(api: ApiClient, query: Query) {
  return list<ArchiveOut>(api, "/api/v1/archive", query);
}

export function apiKeys(api: ApiClient, query: Query) {
  return list<ApiKeyOut>(api, "/api/v1/auth/key", { order: "descending", ...query });
}
