/** Lets requests with messages in, so that nobody's flood is felt by others; `IntakeLine` decides. */
import type { FastifyRequest } from "fastify";
import type { OrganizationId } from "../control/entities.ts";
import type { ApplicationKey } from "../core/ids.ts";
import { IntakeLine, type RequestSize } from "../core/intake-line.ts";
import type { ApiContext } from "./context.ts";
import { IngestRules, type IngestRulesOptions } from "./ingest-rules.ts";
import { Problem } from "./problem.ts";

/** Whoever's messages wait for each other: an application, or its organisation while there is none yet. */
type Owner = ApplicationKey | OrganizationId;

type OwnedRequest = Pick<FastifyRequest, "organization"> & {
  readonly params: { readonly app_id: string };
};

const retryAfterSeconds = 1;

/** How a request was let in. */
export interface Passage {
  readonly hasWaited: boolean;
  /** Whether somebody else hands in a little now, so that long work is to be spread over time. */
  readonly hasNeighbour: () => boolean;
}

export interface IntakeGateOptions extends IngestRulesOptions {
  /** Of the time, in which one application may have bulk in hand while others hand in a little; 1: always. */
  readonly bulkShare: number;
}

export class IntakeGate {
  readonly #line: IntakeLine<Owner, () => void>;
  readonly #rules: IngestRules;
  readonly #context: Pick<ApiContext, "controlReader">;
  /** When the alarm rings that is set for the next rest that ends. */
  #wakesAtMs = Infinity;

  constructor(context: Pick<ApiContext, "controlReader">, options: IntakeGateOptions) {
    this.#context = context;
    this.#line = new IntakeLine(options.bulkShare);
    this.#rules = new IngestRules(options);
  }

  /** Refuses a request whose sender has handed in too much for now; before its body is read. */
  readonly refuseEarly = async (request: OwnedRequest): Promise<void> => {
    const { organization } = request;
    const application = this.#applicationOf(request);
    this.#rules.assertMayHandIn({ organization, application }, performance.now());
  };

  /**
   * Hands in when it is the request's turn. The turn lasts until that has ended, so a producer that waits for its answers
   * is slowed. Fails with the problem `too_many_requests` if too much of the same application waits already, or if it has
   * handed in too much since it was let pass early.
   */
  async pass<Result>(
    request: OwnedRequest,
    size: RequestSize,
    handIn: (passage: Passage) => Promise<Result>,
  ): Promise<Result> {
    const { organization } = request;
    const application = this.#applicationOf(request);
    const owner = application ?? organization;
    const nowMs = performance.now();
    this.#rules.assertMayHandIn({ organization, application }, nowMs);
    const turn = this.#turn(owner, size);
    this.#rules.handedIn({ organization, application }, size.messages, nowMs);
    await turn;
    try {
      return await handIn({
        hasWaited: turn !== undefined,
        hasNeighbour: () => this.#line.hasNeighbour(owner, performance.now()),
      });
    } finally {
      for (const admit of this.#line.leave(owner, size.messages, performance.now())) admit();
      this.#setAlarm();
    }
  }

  /** An alarm that is too early finds nobody, and sets the next one. */
  #setAlarm(): void {
    const { nextWakeAtMs } = this.#line;
    if (nextWakeAtMs === undefined || nextWakeAtMs >= this.#wakesAtMs) return;
    this.#wakesAtMs = nextWakeAtMs;
    setTimeout(() => this.#wake(), Math.ceil(nextWakeAtMs - performance.now()));
  }

  #wake(): void {
    this.#wakesAtMs = Infinity;
    for (const admit of this.#line.wake(performance.now())) admit();
    this.#setAlarm();
  }

  #turn(owner: Owner, size: RequestSize): Promise<void> | undefined {
    const { promise, resolve } = Promise.withResolvers<void>();
    switch (this.#line.arrive(owner, resolve, size, performance.now())) {
      case "admitted":
        return undefined;
      case "waiting":
        this.#setAlarm();
        return promise;
      case "refused":
        throw new Problem(
          "too_many_requests",
          `Expected fewer messages of this application at once, got more than can wait. Try again in ${retryAfterSeconds} second.`,
          { retryAfterSeconds },
        );
    }
  }

  #applicationOf({ organization, params }: OwnedRequest): ApplicationKey | undefined {
    return this.#context.controlReader.application(organization, params.app_id)?.key;
  }
}
