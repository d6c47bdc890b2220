/** What the control store keeps, as the API and the Directors know it, and what may be changed of it. */
import type {
  ApiKeyId,
  ApplicationId,
  ApplicationKey,
  BackgroundTaskId,
  EndpointId,
  EndpointKey,
} from "../core/ids.ts";
import type { TaskFailure, TaskFilter, TaskType } from "../core/background-task.ts";
import type { HandPause } from "../core/hand-pause.ts";
import type { ClientCertificate } from "../core/tls-settings.ts";

/** The tenant of the operator's own kind: the `sub` of the bearer token. Every lookup is within one. */
export type OrganizationId = string;

export interface Application {
  readonly key: ApplicationKey;
  readonly id: ApplicationId;
  readonly organization: OrganizationId;
  readonly uid: string | undefined;
  readonly name: string;
  /** Messages per second. */
  readonly throttleRate: number | undefined;
  /** Days that its history is kept, and its payloads at most; undefined: as long as the server keeps others'. */
  readonly retentionDays: number | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface Endpoint {
  readonly key: EndpointKey;
  readonly id: EndpointId;
  readonly application: ApplicationKey;
  readonly uid: string | undefined;
  readonly url: string;
  readonly description: string;
  readonly disabled: boolean;
  /** Undefined: all. */
  readonly eventTypes: readonly string[] | undefined;
  /** Undefined: all. */
  readonly channels: readonly string[] | undefined;
  /** Messages per second. */
  readonly throttleRate: number | undefined;
  /** Deliveries go out strictly one at a time, in the order of acceptance. */
  readonly ordered: boolean;
  /** Whether a user name and password are sent, which the URL had or which were given apart. */
  readonly hasBasicAuth: boolean;
  /** Undefined: the usual authorities, and no client certificate. */
  readonly tls: EndpointTls | undefined;
  /** It may be over. Undefined: nobody has paused it. */
  readonly handPause: HandPause | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What is shown of an endpoint's own TLS settings, as PEM; undefined: there is none. */
export interface EndpointTls {
  readonly authorities: string | undefined;
  /** The client certificate, then those that lead to its authority. */
  readonly clientChain: string | undefined;
}

export interface EventType {
  readonly organization: OrganizationId;
  readonly name: string;
  readonly description: string;
  readonly archived: boolean;
  readonly deprecated: boolean;
  readonly featureFlag: string | undefined;
  /** JSON schemas by version. */
  readonly schemas: Readonly<Record<string, unknown>> | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A credential of an organisation or of one application; its text is known to whoever made it alone. */
export interface ApiKey {
  readonly id: ApiKeyId;
  readonly organization: OrganizationId;
  /** The one it is for; undefined: all of the organisation's. */
  readonly application: ApplicationId | undefined;
  readonly name: string;
  readonly createdAtMs: number;
  /** Undefined: it works until it is deleted. */
  readonly expiresAtMs: number | undefined;
}

/** Whose messages a task is about. */
export interface TaskScope {
  readonly application: ApplicationKey;
  /** Undefined: of all endpoints of the application. */
  readonly endpoint: EndpointKey | undefined;
}

/** Long work on an application's messages that goes on in the background, across restarts. */
export interface BackgroundTask extends TaskScope {
  readonly key: number;
  readonly id: BackgroundTaskId;
  readonly organization: OrganizationId;
  readonly type: TaskType;
  /** Undefined as `endpoint` is. */
  readonly endpointId: EndpointId | undefined;
  readonly applicationId: ApplicationId;
  /** Of messages made at or after this, and before `untilMs`. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly filter: TaskFilter;
  /** `failed`: `failure` says why; `cancelled`: somebody asked for its end. */
  readonly status: "running" | "finished" | "failed" | "cancelled";
  /** Undefined: it has not failed. */
  readonly failure: TaskFailure | undefined;
  /** Messages sent so far, or cancelled, as its type says. */
  readonly done: number;
  /** Messages looked at so far. */
  readonly examined: number;
  /** Messages that it was about when it began; undefined: they were not counted, or too many to be. */
  readonly total: number | undefined;
  /** The id of the last message looked at; undefined: none yet. */
  readonly cursor: string | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export type NewTask = Pick<BackgroundTask, "type" | "sinceMs" | "untilMs" | "filter" | "total">;

/** What came since the last. */
export type TaskProgress = Pick<BackgroundTask, "done" | "examined" | "cursor"> &
  (
    | { readonly status: "running" | "finished" }
    | { readonly status: "failed"; readonly failure: TaskFailure }
  );

export type NewApiKey = Pick<ApiKey, "name" | "expiresAtMs"> & {
  readonly application: ApplicationKey | undefined;
};
export type NewApplication = Pick<
  Application,
  "uid" | "name" | "throttleRate" | "retentionDays" | "metadata"
>;
export type NewEndpoint = Pick<
  Endpoint,
  | "uid"
  | "url"
  | "description"
  | "disabled"
  | "eventTypes"
  | "channels"
  | "throttleRate"
  | "ordered"
  | "metadata"
> & {
  /** `whsec_…`, `whsk_…` or bare base64; undefined: one is made. */
  readonly secret: string | undefined;
  /** Sent with every attempt; checked (core/custom-headers.ts), with the names spelt as they were given. */
  readonly headers: Headers;
  /** Counts more than the URL's user information, less than an `authorization` header. */
  readonly basicAuth: BasicAuth | undefined;
  readonly tls: TlsChanges | undefined;
};
export type NewEventType = Pick<
  EventType,
  "name" | "description" | "archived" | "deprecated" | "featureFlag" | "schemas"
>;

/** What changes: a field that is left out stays; one that is there and undefined is taken away. */
export type ApplicationChanges = Partial<NewApplication>;
export type EndpointChanges = Partial<Omit<NewEndpoint, "secret">>;
export type EventTypeChanges = Partial<Omit<NewEventType, "name">>;

/** What takes the place of all fields. A uid that is left out is the one that it was named by, if it was. */
export type ApplicationReplacement = Omit<NewApplication, "uid"> & Pick<ApplicationChanges, "uid">;
export type EndpointReplacement = Omit<
  NewEndpoint,
  "uid" | "secret" | "headers" | "basicAuth" | "tls"
> &
  Pick<EndpointChanges, "uid" | "basicAuth" | "tls">;

/** RFC 7617: a user name without a colon, neither with control characters. */
export interface BasicAuth {
  readonly username: string;
  readonly password: string;
}

/** An endpoint's TLS settings, checked, as PEM. A part that is left out stays; one that is undefined is taken away. */
export interface TlsChanges {
  readonly authorities?: string | undefined;
  readonly client?: ClientCertificate | undefined;
}

/** Custom headers by name. */
export type Headers = Readonly<Record<string, string>>;

/** Undefined: takes the header of this name away. Names differ by more than their case. */
export type HeaderChanges = Readonly<Record<string, string | undefined>>;

/** A pause by hand that begins now. */
export type NewHandPause = Omit<HandPause, "sinceMs">;

/** The next signing secret of an endpoint. */
export interface SecretRotation {
  /** As for `NewEndpoint`. */
  readonly secret: string | undefined;
  /** How long the one before goes on signing. */
  readonly overlapMs: number;
}
