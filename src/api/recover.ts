import { Type } from "typebox";
import { taskOutlineOf } from "./background-task.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { enabledEndpointAt } from "./endpoint.ts";
import { endpointPath, instant, nullable } from "./fields.ts";
import { parseInstantMs } from "./instant.ts";
import { keptByControl, sendAnswer, writerOf, type Answer } from "./once.ts";
import type { BackgroundTask } from "../control/facade.ts";
import { answer, bodyProblemAnswers, operation } from "./operation.ts";
import { Problem } from "./problem.ts";

const RecoverIn = component(
  "RecoverIn",
  Type.Object({
    since: { ...instant, description: "Of messages made at or after this." },
    until: Type.Optional(
      nullable({ ...instant, description: "Of messages made before this; now, if left out." }),
    ),
  }),
);

const RecoverOut = component(
  "RecoverOut",
  Type.Object({
    id: Type.String({ examples: ["qtask_1srOrx2ZWZBpBUvZwXKQmoEYga2"] }),
    status: Type.Unsafe<BackgroundTask["status"]>({ type: "string", enum: ["running"] }),
    task: Type.Unsafe<BackgroundTask["type"]>({ type: "string", enum: ["endpoint.recover"] }),
    updatedAt: instant,
  }),
);

export interface RecoverOptions extends ApiContext {
  readonly nowMs: () => number;
}

export function recoverRoute(server: ApiServer, options: RecoverOptions): void {
  for (const { schema } of [RecoverIn, RecoverOut]) server.addSchema(schema);
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/recover",
    schema: {
      ...operation(
        "v1.endpoint.recover",
        "Endpoint",
        "Send again what has failed or was skipped",
        "application",
      ),
      params: endpointPath,
      body: RecoverIn.ref,
      response: {
        202: answer(RecoverOut, "Begun: it goes on in the background, also after a restart"),
        ...bodyProblemAnswers,
      },
    },
    config: { keptAnswer: keptByControl(options, startedAnswer) },
    handler: async (request, reply) => {
      const { key } = enabledEndpointAt(options, request);
      const recovery = spanOf(request.body, options.nowMs());
      const task = await writerOf(options, request).startRecovery(key, recovery);
      return sendAnswer(reply, startedAnswer(task));
    },
  });
}

function startedAnswer(task: BackgroundTask): Answer {
  return { status: 202, body: taskOutlineOf(task) };
}

function spanOf(
  { since, until }: { readonly since: string; readonly until?: string | null },
  nowMs: number,
): Pick<BackgroundTask, "sinceMs" | "untilMs"> {
  const sinceMs = parseInstantMs(since) ?? 0; // the schema has seen to it that it is one
  const untilMs = parseInstantMs(until ?? "") ?? nowMs;
  if (sinceMs < untilMs) return { sinceMs, untilMs };
  const expected = "Expected `since` before `until`, which is now if left out";
  const msg = `${expected}, got ${since} and ${until ?? "no `until`"}. Change one of them.`;
  throw Problem.wrongFields([{ loc: ["body", "since"], msg, type: "value_error" }]);
}
