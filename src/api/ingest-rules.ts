/** The operator's rates of messages that are handed in, of each application and of each organisation. */
import type { FastifyRequest } from "fastify";
import type { OrganizationId } from "../control/entities.ts";
import { IngestRates } from "../core/ingest-rate.ts";
import type { ApplicationKey } from "../core/ids.ts";
import { Problem } from "./problem.ts";

export interface IngestRulesOptions {
  /** Messages a second of one application; undefined: as many as come. */
  readonly applicationRate: number | undefined;
  /** The same of all applications of an organisation. */
  readonly organizationRate: number | undefined;
  /** How long such a rate may be handed in ahead of its time, at once. */
  readonly burstMs: number;
}

type Sender = Pick<FastifyRequest, "organization"> & {
  /** Undefined: there is none yet. */
  readonly application: ApplicationKey | undefined;
};

export class IngestRules {
  readonly #ofApplications: IngestRates<ApplicationKey> | undefined;
  readonly #ofOrganizations: IngestRates<OrganizationId> | undefined;

  constructor({ applicationRate, organizationRate, burstMs }: IngestRulesOptions) {
    this.#ofApplications = ratesOf(applicationRate, burstMs);
    this.#ofOrganizations = ratesOf(organizationRate, burstMs);
  }

  /** Fails with the problem `too_many_requests` if the sender has handed in too much for now. */
  assertMayHandIn({ organization, application }: Sender, nowMs: number): void {
    refuseFor("application", waitMsOf(this.#ofApplications, application, nowMs));
    refuseFor("organisation", waitMsOf(this.#ofOrganizations, organization, nowMs));
  }

  handedIn({ organization, application }: Sender, messages: number, nowMs: number): void {
    if (application !== undefined) this.#ofApplications?.take(application, messages, nowMs);
    this.#ofOrganizations?.take(organization, messages, nowMs);
  }
}

function ratesOf<Key>(
  perSecond: number | undefined,
  burstMs: number,
): IngestRates<Key> | undefined {
  return perSecond === undefined ? undefined : new IngestRates({ perSecond, burstMs });
}

function waitMsOf<Key>(
  rates: IngestRates<Key> | undefined,
  key: Key | undefined,
  nowMs: number,
): number {
  return rates === undefined || key === undefined ? 0 : rates.waitMs(key, nowMs);
}

function refuseFor(whose: string, waitMs: number): void {
  if (waitMs === 0) return;
  const retryAfterSeconds = Math.ceil(waitMs / 1_000);
  throw new Problem(
    "too_many_requests",
    `Expected no more messages of this ${whose} than its rate allows, got more. Try again in ${retryAfterSeconds} s.`,
    { retryAfterSeconds },
  );
}
