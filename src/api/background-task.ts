/** How far long work has come, in the paths and shapes that Svix's hosted API has for it. */
import { Type, type Static } from "typebox";
import type { ControlPage } from "../control/facade.ts";
import type { BackgroundTask } from "../control/entities.ts";
import type { TaskFailure, TaskType } from "../core/background-task.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { controlListingOf, controlPageQuery } from "./control-listing.ts";
import { instant, namePattern, nullable } from "./fields.ts";
import { listComponent } from "./listing.ts";
import { type Answer, keptByControl, sendAnswer, writerOf } from "./once.ts";
import { answer, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

/** Svix's, as all that is told of types and statuses: typed clients refuse others, and the whole list with them. */
export type ToldType = "endpoint.recover" | "endpoint.replay" | "endpoint.bulk-replay";
const type = Type.Unsafe<ToldType>({
  type: "string",
  enum: ["endpoint.recover", "endpoint.replay", "endpoint.bulk-replay"],
  description:
    "What cancels is told as `endpoint.bulk-replay`: `data.action` tells the difference.",
});
type Status = "running" | "finished" | "failed";
const status = Type.Unsafe<Status>({
  type: "string",
  enum: ["running", "finished", "failed"],
  description: "Failed: `data.failure` says why.",
});
const taskPath = Type.Object({
  task_id: Type.String({ minLength: 1, maxLength: 256, pattern: `^${namePattern}$` }),
});
const idField = Type.String({ examples: ["qtask_1srOrx2ZWZBpBUvZwXKQmoEYga2"] });

const backgroundTaskOutSchema = Type.Object({
  id: idField,
  task: type,
  status,
  updatedAt: instant,
  data: Type.Object({
    appId: Type.String(),
    endpointId: nullable(Type.String({ description: "Null: all of the application's." })),
    action: Type.Unsafe<"send" | "cancel">({
      type: "string",
      enum: ["send", "cancel"],
      description:
        "What it does with the messages: sends them again, or gives up what waits of them.",
    }),
    archived: Type.Boolean({ description: "Also what only the archive has." }),
    since: instant,
    until: instant,
    messagesSent: Type.Integer({ description: "Messages that will be sent by it, or were." }),
    messagesCancelled: Type.Integer({
      description: "Messages of which something waited and was given up.",
    }),
    examined: Type.Integer({ description: "Messages that it has looked at for that." }),
    total: nullable(
      Type.Integer({
        description:
          "Messages that it was about when it began; null: not counted, or too many to be.",
      }),
    ),
    failure: Type.Unsafe<"cancelled" | TaskFailure | null>({
      type: ["string", "null"],
      enum: ["cancelled", "endpoint_deleted", "archive_unreadable", null],
      description: "Why it has ended before its time.",
    }),
  }),
});
const BackgroundTaskOut = component("BackgroundTaskOut", backgroundTaskOutSchema);
const BackgroundTaskList = listComponent("ListResponse_BackgroundTaskOut_", BackgroundTaskOut.ref);

export function backgroundTaskRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [BackgroundTaskOut, BackgroundTaskList]) server.addSchema(schema);
  listRoute(server, context);
  getRoute(server, context);
  cancelRoute(server, context);
}

function listRoute(server: ApiServer, { controlReader }: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/background-task",
    schema: {
      ...operation(
        "v1.background-task.list",
        "Background Task",
        "List background tasks",
        "organization",
      ),
      querystring: Type.Object({
        ...controlPageQuery("qtask_[0-9A-Za-z]{27}"),
        status: Type.Optional(status),
        task: Type.Optional(type),
      }),
      response: {
        200: answer(BackgroundTaskList, "A page of the tasks of the last 90 days"),
        ...problemAnswers,
      },
    },
    handler: async ({ organization, query }, reply) => {
      const read = (page: ControlPage): readonly Static<typeof BackgroundTaskOut.ref>[] =>
        controlReader
          .backgroundTasks(organization, {
            ...page,
            statuses: query.status && statusesOf[query.status],
            types: query.task && typesOf[query.task],
          })
          .map(backgroundTaskOutOf);
      return reply.send(controlListingOf(query, read, ({ id }) => id));
    },
  });
}

function getRoute(server: ApiServer, { controlReader }: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/background-task/:task_id",
    schema: {
      ...operation(
        "v1.background-task.get",
        "Background Task",
        "Get a background task",
        "application",
      ),
      params: taskPath,
      response: { 200: answer(BackgroundTaskOut, "The task"), ...problemAnswers },
    },
    handler: async ({ organization, access, params: { task_id: id } }, reply) => {
      const task = controlReader.backgroundTask(organization, id);
      const own = access?.application ?? task?.applicationId;
      if (task === undefined || task.applicationId !== own)
        throw Problem.notFound("a background task", id);
      return reply.send(backgroundTaskOutOf(task));
    },
  });
}

function cancelRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "POST",
    url: "/api/v1/background-task/:task_id/cancel",
    schema: {
      ...operation(
        "v1.background-task.cancel",
        "Background Task",
        "End a background task (ours, not Svix's)",
        "organization",
      ),
      params: taskPath,
      response: {
        200: answer(BackgroundTaskOut, "The task, which does nothing more"),
        ...problemAnswers,
      },
    },
    config: { keptAnswer: keptByControl(context, taskAnswer) },
    handler: async (request, reply) => {
      const { organization, params } = request;
      const task = await writerOf(context, request).cancelTask(organization, params.task_id);
      if (task === false) throw Problem.notFound("a background task", params.task_id);
      return sendAnswer(reply, taskAnswer(task));
    },
  });
}

function taskAnswer(task: BackgroundTask): Answer {
  return { status: 200, body: backgroundTaskOutOf(task) };
}

function backgroundTaskOutOf(task: BackgroundTask): Static<typeof BackgroundTaskOut.ref> {
  const { applicationId, endpointId, sinceMs, untilMs, filter, done, examined, total } = task;
  const cancels = task.type === "endpoint.cancel";
  return {
    ...taskOutlineOf(task),
    data: {
      appId: applicationId,
      endpointId: endpointId ?? null,
      action: cancels ? "cancel" : "send",
      archived: filter.archived ?? false,
      since: new Date(sinceMs).toISOString(),
      until: new Date(untilMs).toISOString(),
      messagesSent: cancels ? 0 : done,
      messagesCancelled: cancels ? done : 0,
      examined,
      total: total ?? null,
      failure: task.status === "cancelled" ? task.status : (task.failure ?? null),
    },
  };
}

/** What is told of a task when it begins. */
export function taskOutlineOf({ id, type: kind, status: state, updatedAtMs }: BackgroundTask) {
  const task = kind === "endpoint.cancel" ? "endpoint.bulk-replay" : kind;
  return { id, task, status: told[state], updatedAt: new Date(updatedAtMs).toISOString() };
}

const told = {
  running: "running",
  finished: "finished",
  failed: "failed",
  cancelled: "failed",
} as const satisfies Record<BackgroundTask["status"], Status>;

const typesOf = {
  "endpoint.recover": ["endpoint.recover"],
  "endpoint.replay": ["endpoint.replay"],
  "endpoint.bulk-replay": ["endpoint.bulk-replay", "endpoint.cancel"],
} as const satisfies Record<ToldType, readonly TaskType[]>;

const statusesOf = {
  running: ["running"],
  finished: ["finished"],
  failed: ["failed", "cancelled"],
} as const satisfies Record<Status, readonly BackgroundTask["status"][]>;
