import type { FastifyReply, FastifyRequest } from "fastify";
import { DurationHistogram } from "../core/duration-histogram.ts";
import type { Histogram } from "../core/histogram.ts";

/** What requests are told apart by where their times are counted: those that store messages, and all others. */
const requestKinds = ["message", "batch", "other"] as const;
type RequestKind = (typeof requestKinds)[number];

const boundsMs = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000];

const kindOf: Readonly<Record<string, RequestKind | undefined>> = {
  "v1.message.create": "message",
  "v1.message.create-batch": "batch",
};

/** How often an operation was answered with a status. */
export interface AnsweredRequests {
  /** As the OpenAPI document names it; "other" for what is in no document. */
  readonly operation: string;
  readonly status: number;
  readonly count: number;
}

/** Counts requests by operation and status, and how long they took. There are as many numbers as operations have answers. */
export class RequestMeter {
  readonly #counts = new Map<string, Map<number, number>>();
  readonly #durations = new Map<RequestKind, DurationHistogram>(
    requestKinds.map((kind) => [kind, new DurationHistogram(boundsMs)]),
  );

  answered(request: FastifyRequest, reply: FastifyReply): void {
    const operation = request.routeOptions.schema?.operationId ?? "other";
    let byStatus = this.#counts.get(operation);
    if (byStatus === undefined) {
      byStatus = new Map();
      this.#counts.set(operation, byStatus);
    }
    byStatus.set(reply.statusCode, (byStatus.get(reply.statusCode) ?? 0) + 1);
    this.#durations.get(kindOf[operation] ?? "other")?.took(reply.elapsedTime);
  }

  get requests(): readonly AnsweredRequests[] {
    return [...this.#counts].flatMap(([operation, byStatus]) =>
      Array.from(byStatus, ([status, count]) => ({ operation, status, count })),
    );
  }

  /** From the first byte of a request to the last of its answer, since the start. */
  get durations(): ReadonlyMap<RequestKind, Histogram> {
    return new Map(Array.from(this.#durations, ([kind, each]) => [kind, each.now]));
  }
}
