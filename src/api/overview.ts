/** How everything of an organisation is doing, once or as it goes on (ours, not Svix's). */
import { Type, type Static } from "typebox";
import { limits } from "../core/limits.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { endpointHealth, healthOf } from "./endpoint-queue.ts";
import { EventStreams } from "./event-streams.ts";
import { instant, nullable } from "./fields.ts";
import { answer, operation, problemAnswers } from "./operation.ts";
import { OverviewStream } from "./overview-stream.ts";
import { type Overview, Overviews, type WorstEndpoint } from "./overviews.ts";

const milliseconds = nullable(Type.Number({ description: "Null: nothing was delivered." }));

const OverviewMinuteOut = component(
  "OverviewMinuteOut",
  Type.Object({
    at: { ...instant, description: "When the minute began." },
    messages: Type.Integer({ description: "Accepted." }),
    delivered: Type.Integer({ description: "Deliveries." }),
    failed: Type.Integer({ description: "Attempts without a 2xx." }),
    givenUp: Type.Integer({ description: "Deliveries that ended otherwise than delivered." }),
    latencyP50Ms: milliseconds,
    latencyP99Ms: milliseconds,
  }),
);

const OverviewEndpointOut = component(
  "OverviewEndpointOut",
  Type.Object({
    appId: Type.String(),
    appName: Type.String(),
    endpointId: Type.String(),
    url: Type.String(),
    disabled: Type.Boolean(),
    pending: Type.Integer({ description: "Deliveries that are not settled." }),
    inFlight: Type.Integer({ description: "Requests that are open." }),
    ...endpointHealth,
    succeeded: Type.Integer({ description: "Attempts of the last hour." }),
    failed: Type.Integer({ description: "Attempts of the last hour without a 2xx." }),
  }),
);

const OverviewOut = component(
  "OverviewOut",
  Type.Object({
    at: instant,
    endpoints: Type.Integer({ description: "Those that have something unsettled." }),
    failing: Type.Integer({ description: "Those of them that fail, are paused or probed." }),
    pending: Type.Integer({ description: "Deliveries that are not settled." }),
    inFlight: Type.Integer({ description: "Requests that are open." }),
    oldest: nullable({
      ...instant,
      description:
        "When the oldest message was accepted of what could be sent now to the worst endpoints.",
    }),
    worst: Type.Array(OverviewEndpointOut.ref, {
      description: `At most ${limits.overviewEndpointsMax} with much to send, those that fail first.`,
    }),
    minutes: Type.Array(OverviewMinuteOut.ref, {
      description: "Of the last hour those in which something happened; a restart begins anew.",
    }),
  }),
);

export interface OverviewOptions extends ApiContext {
  readonly nowMs: () => number;
}

export function overviewRoutes(server: ApiServer, options: OverviewOptions): void {
  for (const { schema } of [OverviewMinuteOut, OverviewEndpointOut, OverviewOut])
    server.addSchema(schema);
  const overviews = new Overviews(options, options.nowMs);
  lookRoute(server, overviews);
  streamRoute(server, overviews, options);
}

function lookRoute(server: ApiServer, overviews: Overviews): void {
  server.route({
    method: "GET",
    url: "/api/v1/overview",
    schema: {
      ...operation("v1.overview.get", "Overview", "See how everything is doing", "organization"),
      response: {
        200: answer(OverviewOut, "How it was within the last second"),
        ...problemAnswers,
      },
    },
    handler: async ({ organization }, reply) =>
      reply.send(overviewOutOf(await overviews.of(organization))),
  });
}

function streamRoute(
  server: ApiServer,
  overviews: Overviews,
  { traffic, nowMs }: OverviewOptions,
): void {
  const streams = new EventStreams(server, limits.overviewStreamsMax);
  server.route({
    method: "GET",
    url: "/api/v1/overview/stream",
    schema: {
      ...operation(
        "v1.overview.stream",
        "Overview",
        "Watch how everything is doing",
        "organization",
      ),
      querystring: Type.Object({
        limit: Type.Optional(
          Type.Integer({
            minimum: 1,
            description: "Overviews after which it ends; it does so after five minutes anyway.",
          }),
        ),
      }),
      response: {
        200: Type.Unsafe({
          description: "An overview a second, as server-sent events whose `data` it is",
          content: { "text/event-stream": { schema: OverviewOut.ref } },
        }),
        ...problemAnswers,
      },
    },
    handler: ({ organization, query }, reply) => {
      const look = async () => overviewOutOf(await overviews.of(organization));
      const countMax = query.limit ?? Infinity;
      return streams.send(reply, new OverviewStream({ traffic, nowMs, look, countMax }));
    },
  });
}

function overviewOutOf(overview: Overview): Static<typeof OverviewOut.ref> {
  const { atMs, queues, oldestAtMs, worst, minutes } = overview;
  return {
    at: new Date(atMs).toISOString(),
    ...queues,
    oldest: oldestAtMs === undefined ? null : new Date(oldestAtMs).toISOString(),
    worst: worst.map(endpointOutOf),
    minutes: minutes.map(({ atMs: minuteMs, latencyP50Ms, latencyP99Ms, ...counts }) => ({
      at: new Date(minuteMs).toISOString(),
      ...counts,
      latencyP50Ms: latencyP50Ms ?? null,
      latencyP99Ms: latencyP99Ms ?? null,
    })),
  };
}

function endpointOutOf({
  application,
  endpoint,
  queue,
}: WorstEndpoint): Static<typeof OverviewEndpointOut.ref> {
  const sum = (name: "succeeded" | "failed" | "unanswered") =>
    queue.minutes.reduce((total, minute) => total + minute[name], 0);
  return {
    appId: application.id,
    appName: application.name,
    endpointId: endpoint.id,
    url: endpoint.url,
    disabled: endpoint.disabled,
    pending: queue.pending,
    inFlight: queue.inFlight,
    ...healthOf(endpoint, queue),
    succeeded: sum("succeeded"),
    failed: sum("failed") + sum("unanswered"),
  };
}
