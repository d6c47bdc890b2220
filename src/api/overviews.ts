/**
 * How everything of an organisation is doing: from what is counted as it happens and from how queues stand, so that looking
 * costs the same whatever was sent. Who asks within a second of another one is told the same.
 */
import type { Application, Endpoint, OrganizationId } from "../control/entities.ts";
import type { EndpointPause } from "../core/endpoint-pause.ts";
import { handPauseAt } from "../core/hand-pause.ts";
import { quantileOf } from "../core/histogram.ts";
import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { MinuteOfTraffic } from "../core/traffic-minutes.ts";
import type { QueueState } from "../director/facade.ts";
import type { QueueSums } from "../director/traffic.ts";
import type { ApiContext } from "./context.ts";

export interface Overview {
  readonly atMs: number;
  readonly queues: QueueSums;
  /** When the oldest message was accepted of what could be sent now to the endpoints shown, Unix milliseconds. */
  readonly oldestAtMs: number | undefined;
  /** Those that fail first, then those with most to send. */
  readonly worst: readonly WorstEndpoint[];
  /** Those of the last `limits.talliedMinutes` in which something happened, the oldest first. */
  readonly minutes: readonly OverviewMinute[];
}

export interface WorstEndpoint {
  readonly application: Application;
  readonly endpoint: Endpoint;
  readonly queue: QueueState;
}

interface OverviewMinute {
  /** When it began, Unix milliseconds. */
  readonly atMs: number;
  readonly messages: number;
  readonly delivered: number;
  /** Attempts without a 2xx. */
  readonly failed: number;
  /** Deliveries that ended otherwise than delivered. */
  readonly givenUp: number;
  /** From acceptance to delivery; undefined: nothing was delivered. */
  readonly latencyP50Ms: number | undefined;
  readonly latencyP99Ms: number | undefined;
}

type Sources = Pick<ApiContext, "traffic" | "queues" | "controlReader">;

export class Overviews {
  readonly #sources: Sources;
  readonly #nowMs: () => number;
  /** The longest known first. */
  readonly #kept = new Map<OrganizationId, { atMs: number; overview: Promise<Overview> }>();

  constructor(sources: Sources, nowMs: () => number) {
    this.#sources = sources;
    this.#nowMs = nowMs;
  }

  /** Fails as a look at a queue does. */
  of(organization: OrganizationId): Promise<Overview> {
    const nowMs = this.#nowMs();
    const kept = this.#kept.get(organization);
    if (kept !== undefined && nowMs - kept.atMs < limits.trafficSampleMs) return kept.overview;
    this.#kept.delete(organization);
    if (this.#kept.size >= limits.overviewsKeptMax) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    const overview = this.#look(organization, nowMs);
    this.#kept.set(organization, { atMs: nowMs, overview });
    return overview;
  }

  async #look(organization: OrganizationId, nowMs: number): Promise<Overview> {
    const { traffic } = this.#sources;
    const { longest, ...queues } = traffic.queuesOfOrganization(organization);
    const shown = longest.slice(0, limits.overviewEndpointsMax);
    const found = await Promise.all(shown.map(({ endpoint }) => this.#endpoint(endpoint)));
    const worst = found.flatMap((each) => each ?? []).sort(byNeed);
    const oldestAtMs = Math.min(...worst.map(({ queue }) => queue.oldestAtMs ?? Infinity));
    return {
      atMs: nowMs,
      queues,
      oldestAtMs: oldestAtMs === Infinity ? undefined : oldestAtMs,
      worst,
      minutes: traffic.ofOrganization(organization)?.minutes(nowMs).map(minuteOf) ?? [],
    };
  }

  /** Undefined: it has been deleted, or is one of the operator's own. */
  async #endpoint(key: EndpointKey): Promise<WorstEndpoint | undefined> {
    const { controlReader, queues } = this.#sources;
    const application = controlReader.customerOfEndpoint(key);
    if (application === undefined) return undefined;
    const endpoint = controlReader.endpoint(application.key, controlReader.endpointIdOf(key));
    if (endpoint === undefined) return undefined;
    return { application, endpoint, queue: await queues.queue(key, [key]) };
  }
}

const needs: Readonly<Record<EndpointPause["kind"], number>> = {
  paused: 0,
  probing: 0,
  failing: 1,
  working: 2,
};

function byNeed(one: WorstEndpoint, other: WorstEndpoint): number {
  const need = needOf(one) - needOf(other);
  return need !== 0 ? need : other.queue.pending - one.queue.pending;
}

function needOf({ endpoint, queue }: WorstEndpoint): number {
  return handPauseAt(endpoint.handPause, queue.nowMs) === undefined
    ? needs[queue.pause.kind]
    : needs.paused;
}

function minuteOf({ atMs, tally }: MinuteOfTraffic): OverviewMinute {
  return {
    atMs,
    messages: tally.of("messages"),
    delivered: tally.of("delivered"),
    failed: tally.attempts - tally.of("2xx"),
    givenUp: tally.of("gone") + tally.of("exhausted") + tally.of("cancelled"),
    latencyP50Ms: quantileOf(tally.latency, 0.5),
    latencyP99Ms: quantileOf(tally.latency, 0.99),
  };
}
