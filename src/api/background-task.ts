/** How far long work has come, in the paths and shapes that Svix's hosted API has for it. */
import { Type, type Static } from "typebox";
import type { BackgroundTask, ControlPage } from "../control/facade.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { controlListingOf, controlPageQuery } from "./control-listing.ts";
import { instant, namePattern } from "./fields.ts";
import { listComponent } from "./listing.ts";
import { answer, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const type = Type.Literal("endpoint.recover");
const status = Type.Unsafe<BackgroundTask["status"]>({
  type: "string",
  enum: ["running", "finished", "failed"],
  description: "Failed: the endpoint was deleted.",
});
const idField = Type.String({ examples: ["qtask_1srOrx2ZWZBpBUvZwXKQmoEYga2"] });

const backgroundTaskOutSchema = Type.Object({
  id: idField,
  task: type,
  status,
  updatedAt: instant,
  data: Type.Object({
    appId: Type.String(),
    endpointId: Type.String(),
    since: instant,
    until: instant,
    resent: Type.Integer({ description: "Messages that will be sent again, or were." }),
  }),
});
const BackgroundTaskOut = component("BackgroundTaskOut", backgroundTaskOutSchema);
const BackgroundTaskList = listComponent("ListResponse_BackgroundTaskOut_", BackgroundTaskOut.ref);

export function backgroundTaskRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [BackgroundTaskOut, BackgroundTaskList]) server.addSchema(schema);
  listRoute(server, context);
  getRoute(server, context);
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
          .backgroundTasks(organization, { ...page, status: query.status })
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
        "organization",
      ),
      params: Type.Object({
        task_id: Type.String({ minLength: 1, maxLength: 256, pattern: `^${namePattern}$` }),
      }),
      response: { 200: answer(BackgroundTaskOut, "The task"), ...problemAnswers },
    },
    handler: async ({ organization, params: { task_id: id } }, reply) => {
      const task = controlReader.backgroundTask(organization, id);
      if (task === undefined) throw Problem.notFound("a background task", id);
      return reply.send(backgroundTaskOutOf(task));
    },
  });
}

function backgroundTaskOutOf(task: BackgroundTask): Static<typeof BackgroundTaskOut.ref> {
  const { applicationId, endpointId, sinceMs, untilMs, resent } = task;
  return {
    ...taskOutlineOf(task),
    data: {
      appId: applicationId,
      endpointId,
      since: new Date(sinceMs).toISOString(),
      until: new Date(untilMs).toISOString(),
      resent,
    },
  };
}

/** What is told of a task when it begins. */
export function taskOutlineOf({ id, type: task, status: state, updatedAtMs }: BackgroundTask) {
  return { id, task, status: state, updatedAt: new Date(updatedAtMs).toISOString() };
}
