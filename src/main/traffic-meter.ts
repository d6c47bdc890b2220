/**
 * What the Directors count, put together: each tells every second what has happened since it last did, by application, and
 * every two how its queues stand. So totals are sums of what was told, nothing is asked when somebody looks, and a Director
 * that hangs holds up nobody who does.
 *
 * Organisations are counted from when something is first known of them. If more have traffic than may be counted,
 * those that come later are not, until others have had none for as long as minutes are kept: taking turns would count none
 * of them right.
 */
import { assert } from "../core/errors.ts";
import type { Histogram } from "../core/histogram.ts";
import type { ApplicationKey, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { type MinuteOfTraffic, TrafficMinutes } from "../core/traffic-minutes.ts";
import { TrafficTally, trafficWidth } from "../core/traffic-tally.ts";
import { queuesAt } from "../director/application-queues.ts";
import {
  type CountedTraffic,
  type DirectorSurvey,
  type QueuesOfOrganization,
  type QueuesOfState,
  queueStates,
  type QueueSurvey,
  type Traffic,
} from "../director/traffic.ts";
import type { DirectorSample } from "./director-messages.ts";

export interface TrafficMeterOptions {
  readonly nowMs: () => number;
  /** Undefined: there is no such application. */
  readonly organizationOf: (application: ApplicationKey) => string | undefined;
}

/** What is known of one Director. */
interface Told {
  sample: DirectorSample | undefined;
  survey: DirectorSurvey | undefined;
}

const sumNames = ["endpoints", "failing", "pending", "inFlight"] as const;

export class TrafficMeter implements Traffic {
  readonly #options: TrafficMeterOptions;
  readonly #server = new Count();
  readonly #organizations = new Map<string, Count>();
  /** Of applications that had traffic: asking the LDB costs as much as counting. */
  readonly #organizationOf = new Map<ApplicationKey, string | undefined>();
  readonly #told = new Map<number, Told>();
  readonly #listeners = new Set<() => void>();
  #commits: Histogram | undefined;

  constructor(options: TrafficMeterOptions) {
    this.#options = options;
  }

  get server(): CountedTraffic {
    return this.#server;
  }

  ofOrganization(organization: string): CountedTraffic | undefined {
    return this.#organizations.get(organization);
  }

  get queues(): QueueSurvey | undefined {
    const surveys = [...this.#told.values()].flatMap(({ survey }) => survey ?? []);
    return surveys.length === 0 ? undefined : mergeSurveys(surveys);
  }

  queuesOfOrganization(organization: string): QueuesOfOrganization {
    const sums = { endpoints: 0, failing: 0, pending: 0, inFlight: 0 };
    const longest = new Map<EndpointKey, number>();
    for (const { survey } of this.#told.values()) {
      if (survey === undefined) continue;
      for (const [place, application] of survey.byApplication.applications.entries()) {
        if (this.#ownerOf(application) !== organization) continue;
        const own = queuesAt(survey.byApplication, place);
        for (const name of sumNames) sums[name] += own[name];
        longest.set(own.longest, own.longestPending);
      }
      for (const { endpoint, application, pending } of survey.longest) {
        if (this.#ownerOf(application) === organization) longest.set(endpoint, pending);
      }
    }
    return {
      ...sums,
      longest: Array.from(longest, ([endpoint, pending]) => ({ endpoint, pending }))
        .sort((one, other) => other.pending - one.pending)
        .slice(0, limits.surveyedQueuesMax),
    };
  }

  /** Attempts under way. */
  get inFlight(): number {
    return [...this.#told.values()].reduce((sum, { sample }) => sum + (sample?.inFlight ?? 0), 0);
  }

  /** Of all Directors; undefined until one has told of itself. */
  get commits(): Histogram | undefined {
    return this.#commits;
  }

  onSample(listener: () => void): { stop(): void } {
    this.#listeners.add(listener);
    return { stop: () => this.#listeners.delete(listener) };
  }

  /** A Director tells what has happened. */
  sampled(director: number, sample: DirectorSample): void {
    const nowMs = this.#options.nowMs();
    const { applications, numbers } = sample.traffic;
    for (const [at, application] of applications.entries()) {
      const tally = numbers.subarray(at * trafficWidth, (at + 1) * trafficWidth);
      this.#server.add(tally, nowMs);
      const organization = this.#ownerOf(application);
      if (organization !== undefined) this.#countOf(organization, nowMs)?.add(tally, nowMs);
    }
    this.#toldBy(director).sample = sample;
    this.#commits = sumOf(this.#commits, sample.commits);
    for (const listener of this.#listeners) listener();
  }

  /** A Director tells how its queues stand. */
  surveyed(director: number, survey: DirectorSurvey): void {
    this.#toldBy(director).survey = survey;
  }

  #ownerOf(application: ApplicationKey): string | undefined {
    const known = this.#organizationOf.get(application);
    if (known !== undefined) return known;
    if (this.#organizationOf.size >= limits.trafficApplicationsKnown) this.#organizationOf.clear();
    const organization = this.#options.organizationOf(application);
    this.#organizationOf.set(application, organization);
    return organization;
  }

  #toldBy(director: number): Told {
    const known = this.#told.get(director) ?? { sample: undefined, survey: undefined };
    this.#told.set(director, known);
    return known;
  }

  /** Undefined: too many others have traffic. */
  #countOf(organization: string, nowMs: number): Count | undefined {
    const known = this.#organizations.get(organization);
    if (known !== undefined) return known;
    if (this.#organizations.size >= limits.trafficOrganizationsMax && !this.#forgetIdle(nowMs))
      return undefined;
    const count = new Count();
    this.#organizations.set(organization, count);
    return count;
  }

  /** Whether there was one. The least recently counted is not looked for: any without traffic for an hour will do. */
  #forgetIdle(nowMs: number): boolean {
    for (const [organization, count] of this.#organizations) {
      if (count.minutes(nowMs).length > 0) continue;
      this.#organizations.delete(organization);
      return true;
    }
    return false;
  }
}

class Count implements CountedTraffic {
  readonly total = new TrafficTally();
  readonly #minutes = new TrafficMinutes();

  add(numbers: Float64Array, nowMs: number): void {
    this.total.add(numbers);
    this.#minutes.add(numbers, nowMs);
  }

  minutes(nowMs: number): readonly MinuteOfTraffic[] {
    return this.#minutes.since(nowMs);
  }
}

function sumOf(one: Histogram | undefined, other: Histogram): Histogram {
  if (one === undefined) return other;
  assert(one.counts.length === other.counts.length, "histograms of the same thing have one form");
  return {
    boundsMs: one.boundsMs,
    counts: one.counts.map((count, at) => count + (other.counts[at] ?? 0)),
    sumMs: one.sumMs + other.sumMs,
  };
}

/** Each Director has a part of what waits. */
function mergeSurveys(surveys: readonly QueueSurvey[]): QueueSurvey {
  const states = queueStates.map(
    (state) => [state, sumOfStates(surveys.map((survey) => survey.states[state]))] as const,
  );
  return {
    states: Object.fromEntries(states) as QueueSurvey["states"], // each state once
    longest: surveys
      .flatMap(({ longest }) => longest)
      .sort((one, other) => other.pending - one.pending)
      .slice(0, limits.surveyedQueuesMax),
  };
}

function sumOfStates(parts: readonly QueuesOfState[]): QueuesOfState {
  const oldestAtMs = Math.min(...parts.map((part) => part.oldestAtMs ?? Infinity));
  return {
    endpoints: parts.reduce((sum, { endpoints }) => sum + endpoints, 0),
    pending: parts.reduce((sum, { pending }) => sum + pending, 0),
    inFlight: parts.reduce((sum, { inFlight }) => sum + inFlight, 0),
    oldestAtMs: oldestAtMs === Infinity ? undefined : oldestAtMs,
  };
}
