/** Pausing an endpoint by hand and taking that back (ours, not Svix's). */
import { Type, type Static } from "typebox";
import type { Endpoint } from "../control/entities.ts";
import { handPauseAt } from "../core/hand-pause.ts";
import { limits } from "../core/limits.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { endpointAt } from "./endpoint.ts";
import { endpointPath, instant, nullable } from "./fields.ts";
import { parseInstantMs } from "./instant.ts";
import { type Answer, keptByControl, sendAnswer, writerOf } from "./once.ts";
import { answer, bodyProblemAnswers, noContent, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const pauseInSchema = nullable(
  Type.Object({
    reason: Type.Optional(
      nullable(
        Type.String({
          maxLength: limits.pauseReasonCharactersMax,
          description: "Why, for whoever looks at the endpoint.",
        }),
      ),
    ),
    until: Type.Optional(
      nullable({
        ...instant,
        description: "When the pause ends by itself; null or left out: when it is taken back.",
      }),
    ),
  }),
);
const PauseIn = component("EndpointPauseIn", pauseInSchema);

const ResumeOut = component(
  "EndpointResumeOut",
  Type.Object({
    resumed: Type.Boolean({ description: "Whether it was paused by hand." }),
  }),
);

export interface HandPauseOptions extends ApiContext {
  readonly nowMs: () => number;
}

export function handPauseRoutes(server: ApiServer, options: HandPauseOptions): void {
  for (const { schema } of [PauseIn, ResumeOut]) server.addSchema(schema);
  pauseRoute(server, options);
  resumeRoute(server, options);
}

const pausedAnswer: Answer = { status: 204, body: null };

function pauseRoute(server: ApiServer, options: HandPauseOptions): void {
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/pause",
    schema: {
      ...operation("v1.endpoint.pause", "Endpoint", "Pause an endpoint by hand", "organization"),
      params: endpointPath,
      body: PauseIn.ref,
      response: {
        204: noContent("Paused: no attempt starts from now on"),
        ...bodyProblemAnswers,
      },
    },
    config: { keptAnswer: keptByControl(options, () => pausedAnswer) },
    handler: async (request, reply) => {
      const { key, id } = endpointAt(options, request);
      const pause = newHandPauseOf(request.body, options.nowMs());
      const done = await writerOf(options, request).setHandPause(key, pause);
      if (done === false) throw Problem.notFound("an endpoint", id);
      return sendAnswer(reply, pausedAnswer);
    },
  });
}

function resumeRoute(server: ApiServer, options: HandPauseOptions): void {
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/resume",
    schema: {
      ...operation(
        "v1.endpoint.resume",
        "Endpoint",
        "Take back an endpoint's pause by hand",
        "organization",
      ),
      params: endpointPath,
      response: { 200: answer(ResumeOut, "It is not paused by hand any more"), ...problemAnswers },
    },
    config: { keptAnswer: keptByControl(options, resumedAnswer) },
    handler: async (request, reply) => {
      const { key, id } = endpointAt(options, request);
      const done = await writerOf(options, request).setHandPause(key, undefined);
      if (done === false) throw Problem.notFound("an endpoint", id);
      return sendAnswer(reply, resumedAnswer(done));
    },
  });
}

function resumedAnswer(done: "paused" | "resumed" | "not paused"): Answer {
  return { status: 200, body: { resumed: done === "resumed" } };
}

/** @throws Problem if it would be over already */
function newHandPauseOf(body: Static<typeof pauseInSchema>, nowMs: number) {
  const untilMs = parseInstantMs(body?.until ?? "");
  if (untilMs !== undefined && untilMs <= nowMs) {
    const msg = `Expected an instant to come, got ${body?.until}. Leave it out to pause until you resume.`;
    throw Problem.wrongFields([{ loc: ["body", "until"], msg, type: "value_error" }]);
  }
  return { untilMs, reason: body?.reason ?? undefined };
}

/** Lets an endpoint pass that is not paused by hand; else the problem `conflict`. */
export function assertNotPausedByHand({ id, handPause }: Endpoint, nowMs: number): void {
  const pause = handPauseAt(handPause, nowMs);
  if (pause === undefined) return;
  const why = pause.reason === undefined ? "" : ` (${JSON.stringify(pause.reason)})`;
  throw new Problem(
    "conflict",
    `Expected an endpoint that is not paused by hand, got ${id}, which is${why}. Resume it first.`,
  );
}
