/** Sending again what only the archive has (ours, not Svix's). */
import { Type } from "typebox";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { enabledEndpointAt } from "./endpoint.ts";
import { applicationPath, nullable, pathName } from "./fields.ts";
import { keptByControl, sendAnswer, writerOf } from "./once.ts";
import { answer, bodyProblemAnswers, operation } from "./operation.ts";
import { Problem } from "./problem.ts";
import { replayFilterFields, taskFilterOf } from "./replay-filter.ts";
import { startedAnswer, taskOutlineFields, taskSpanFields, taskSpanOf } from "./task-start.ts";

const ArchiveReplayIn = component(
  "ArchiveReplayIn",
  Type.Object({
    ...taskSpanFields,
    ...replayFilterFields,
    endpointId: Type.Optional(
      nullable({
        ...pathName,
        description: "Only to this one, by id or uid; null: to all that are enabled.",
      }),
    ),
  }),
);
const ArchiveReplayOut = component(
  "ArchiveReplayOut",
  Type.Object(taskOutlineFields(["endpoint.bulk-replay"])),
);

export interface ArchiveReplayOptions extends ApiContext {
  readonly nowMs: () => number;
}

export function archiveReplayRoute(server: ApiServer, options: ArchiveReplayOptions): void {
  for (const { schema } of [ArchiveReplayIn, ArchiveReplayOut]) server.addSchema(schema);
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/archive-replay",
    schema: {
      ...operation(
        "v1.application.archive-replay",
        "Application",
        "Send again what was delivered or has failed, by a filter, from the archive too (ours, not Svix's)",
        "organization",
      ),
      params: applicationPath,
      body: ArchiveReplayIn.ref,
      response: {
        202: answer(ArchiveReplayOut, "Begun: it goes on in the background, also after a restart"),
        ...bodyProblemAnswers,
      },
    },
    config: { keptAnswer: keptByControl(options, startedAnswer) },
    handler: async (request, reply) => {
      const { key: application } = applicationOf(options, request);
      if (options.archives === undefined) throw new Problem("conflict", nothingArchived);
      const { body } = request;
      const endpoint =
        typeof body.endpointId === "string"
          ? enabledEndpointAt(options, {
              organization: request.organization,
              params: { ...request.params, endpoint_id: body.endpointId },
            }).key
          : undefined;
      const filter = { ...taskFilterOf(body), archived: true } as const;
      const span = taskSpanOf(body, options.nowMs());
      const task = { type: "endpoint.bulk-replay", ...span, filter, total: undefined } as const;
      return sendAnswer(
        reply,
        startedAnswer(await writerOf(options, request).startTask({ application, endpoint }, task)),
      );
    },
  });
}

const nothingArchived =
  "Expected a server that archives, got one with --archive off. Turn it on, or use bulk-replay for what the server still has.";
