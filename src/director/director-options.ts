import type { EndpointPause } from "../core/endpoint-pause.ts";
import type { Address, EndpointKey } from "../core/ids.ts";
import type { RetrySchedule } from "../core/retry-schedule.ts";
import type { SealingLimits } from "../core/sealing.ts";
import type {
  AttemptSpan,
  Clock,
  Destinations,
  FlightRecorder,
  JobDbStore,
  QuarantinedDelivery,
  Random,
  Transport,
} from "./ports.ts";

/** What a Director is put together from, and whom it tells what happens. */
export interface DirectorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: JobDbStore;
  readonly transport: Transport;
  readonly recorder: FlightRecorder;
  readonly destinations: Destinations;
  readonly schedule: RetrySchedule;
  readonly sealing: SealingLimits;
  /** Of the time, that bulk may be sent in while others are sent a little; 1: always. */
  readonly bulkShare: number;
  /** An endpoint answered 410: it is to be disabled. */
  readonly onGone: (endpoint: EndpointKey) => void;
  /** An endpoint has only failed since then (Unix milliseconds), for `limits.disableAfterMs`: it is to be disabled. */
  readonly onFailedForLong: (endpoint: EndpointKey, sinceMs: number) => void;
  /** To be made durable, so that `destinations.pauseOf` gives it after a restart. */
  readonly onHealth: (endpoint: EndpointKey, pause: EndpointPause) => void;
  /** An attempt is durable that there may be something to tell the operator of (core/operational-event.ts). */
  readonly onNotable: (jobDb: number) => void;
  /** An attempt of a message whose producer traces it has ended. */
  readonly onTraced: (span: AttemptSpan) => void;
  /** A message's payload is not what was stored: its delivery is cancelled. */
  readonly onDamaged: (message: Address) => void;
  /** A delivery was given up on because its handling ends the process, and that is durable. */
  readonly onQuarantined: (quarantined: QuarantinedDelivery) => void;
  /** Runs once: nothing more will be accepted or sent, and the process should end and start again. */
  readonly onFailure: (error: unknown) => void;
}
