/** What the API may ask of the control store (writes) and of the LDB (reads). */
import type { ApplicationId, ApplicationKey, EndpointId, EndpointKey } from "../core/ids.ts";
import type { Filter } from "../core/match.ts";

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
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
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

export type NewApplication = Pick<Application, "uid" | "name" | "throttleRate" | "metadata">;
export type NewEndpoint = Pick<
  Endpoint,
  | "uid"
  | "url"
  | "description"
  | "disabled"
  | "eventTypes"
  | "channels"
  | "throttleRate"
  | "metadata"
> & {
  /** `whsec_…`, `whsk_…` or bare base64; undefined: one is made. */
  readonly secret: string | undefined;
};
export type NewEventType = Pick<
  EventType,
  "name" | "description" | "archived" | "deprecated" | "featureFlag" | "schemas"
>;

/**
 * The system of record. Every write is one transaction that also appends to the ledger, and resolves when it is durable
 * and the local LDB has it: whoever wrote reads their own write.
 * Fails with `conflict` (a uid or name is taken, the application is deleted or full), `overloaded` (nothing was done) or
 * `control_unavailable` (it may have been done all the same).
 */
export interface ControlWriter {
  /** With `getIfExists`, an application whose uid is taken is returned as it is instead of failing. */
  createApplication(
    organization: OrganizationId,
    input: NewApplication,
    getIfExists: boolean,
  ): Promise<{ readonly application: Application; readonly created: boolean }>;
  createEndpoint(application: ApplicationKey, input: NewEndpoint): Promise<Endpoint>;
  createEventType(organization: OrganizationId, input: NewEventType): Promise<EventType>;
  /** Because it answered 410. Does nothing if it is disabled or deleted already. */
  disableEndpoint(endpoint: EndpointKey): Promise<void>;
}

/** Reads from the LDB: microseconds, no network, and never waits for the control store. */
export interface ControlReader {
  /** By id or uid. */
  application(organization: OrganizationId, idOrUid: string): Application | undefined;
  applications(organization: OrganizationId, page: ControlPage): readonly Application[];
  /** By id or uid. */
  endpoint(application: ApplicationKey, idOrUid: string): Endpoint | undefined;
  endpoints(application: ApplicationKey, page: ControlPage): readonly Endpoint[];
  /** Of an endpoint that may have been deleted since: history outlives it. */
  endpointIdOf(endpoint: EndpointKey): EndpointId;
  /** The current signing secret as receivers get it (`whsec_…`, or `whpk_…` for an asymmetric one). */
  endpointSecret(endpoint: EndpointKey): string;
  eventType(organization: OrganizationId, name: string): EventType | undefined;
  eventTypes(organization: OrganizationId, page: EventTypesPage): readonly EventType[];
  /** What an application's endpoints ask for, in the order of their creation. Cached: treat as immutable. */
  subscriptions(application: ApplicationKey): readonly Subscription[];
}

/** What an endpoint asks for. */
export interface Subscription extends Filter {
  readonly endpoint: EndpointKey;
  readonly disabled: boolean;
}

/** A page of a listing in the order of ids (or event type names). */
export interface ControlPage {
  readonly limit: number;
  /** Items beyond this id (or name), in the direction of `order`; undefined: from the start. */
  readonly edge: string | undefined;
  readonly order: "ascending" | "descending";
}

export interface EventTypesPage extends ControlPage {
  readonly includeArchived: boolean;
}
