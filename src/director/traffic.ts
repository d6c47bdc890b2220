/** What the API may ask of Directors' traffic and of all their queues at a glance. Nothing is read for it. */
import type { ApplicationKey, EndpointKey } from "../core/ids.ts";
import type { MinuteOfTraffic } from "../core/traffic-minutes.ts";
import type { TrafficTally } from "../core/traffic-tally.ts";

/** What happens to messages, as it was counted up to `limits.trafficSampleMs` ago. Nothing is read for it. */
export interface Traffic {
  /** Of all organisations. */
  readonly server: CountedTraffic;
  /** Undefined: nothing has happened there for an hour, or in more than `limits.trafficOrganizationsMax` others something has. */
  ofOrganization(organization: string): CountedTraffic | undefined;
  /** Undefined until the first one has ended. */
  readonly queues: QueueSurvey | undefined;
  /** As they were up to `limits.surveyIntervalMs` ago. */
  queuesOfOrganization(organization: string): QueuesOfOrganization;
  /** Calls back after each sample until that is stopped. */
  onSample(listener: () => void): { stop(): void };
}

export interface CountedTraffic {
  /** Since the start of the process; of an organisation, since something was first known of it. Its numbers go on growing. */
  readonly total: TrafficTally;
  /** Those of the last `limits.talliedMinutes` in which something happened, the oldest first. */
  minutes(nowMs: number): readonly MinuteOfTraffic[];
}

/** All queues at a glance, as they were up to `limits.surveyIntervalMs` ago. */
export interface QueueSurvey {
  readonly states: Readonly<Record<QueueGlance["state"], QueuesOfState>>;
  /** Those with most pending deliveries, at most `limits.surveyedQueuesMax`, the longest first. */
  readonly longest: readonly QueueGlance[];
}

/** A Director's own. */
export interface DirectorSurvey extends QueueSurvey {
  readonly byApplication: QueuesOfApplications;
}

/** Of the endpoints that have something unsettled. */
export interface QueueSums {
  readonly endpoints: number;
  /** Those of them that fail, are paused or probed. */
  readonly failing: number;
  readonly pending: number;
  readonly inFlight: number;
}

export interface QueuesOfOrganization extends QueueSums {
  /**
   * Some with most pending deliveries, the longest first: the longest one of each application, and whichever are among the
   * longest of the server.
   */
  readonly longest: readonly { readonly endpoint: EndpointKey; readonly pending: number }[];
}

/** How the queues of each application stand (director/application-queues.ts). */
export interface QueuesOfApplications {
  readonly applications: readonly ApplicationKey[];
  readonly numbers: Float64Array;
}

/** Why a queue waits: its endpoint's pause, or, `held`, that its endpoint is disabled. */
export const queueStates = ["working", "failing", "paused", "probing", "held"] as const;

/** The queues in one state that have something unsettled. */
export interface QueuesOfState {
  readonly endpoints: number;
  readonly pending: number;
  readonly inFlight: number;
  /** When the oldest message was accepted of those that could be sent if the state let them, Unix milliseconds. */
  readonly oldestAtMs: number | undefined;
}

export interface QueueGlance {
  readonly endpoint: EndpointKey;
  readonly application: ApplicationKey;
  readonly pending: number;
  readonly inFlight: number;
  readonly state: (typeof queueStates)[number];
}

/** What has happened since the last sample of a Director. */
export interface TrafficOfApplications {
  readonly applications: readonly ApplicationKey[];
  /** A tally of each, one after the other (core/traffic-tally.ts). */
  readonly numbers: Float64Array;
}
