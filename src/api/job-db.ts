/** The files that everything is stored in (ours, not Svix's). They are the server's, and say nothing of whose messages they have. */
import { Type, type Static } from "typebox";
import { limits } from "../core/limits.ts";
import { type JobDbState, jobDbStates, type StoredJobDb } from "../core/retention.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { instant, nullable } from "./fields.ts";
import { answer, operation, problemAnswers } from "./operation.ts";

const JobDbOut = component(
  "JobDbOut",
  Type.Object({
    number: Type.Integer({ description: "Is in the ids of its messages." }),
    state: Type.Unsafe<JobDbState>({
      type: "string",
      enum: [...jobDbStates],
      description:
        "Open: it takes messages. Sealed: it takes no more, and something in it is still to be sent. Drained: nothing is.",
    }),
    firstAt: { ...instant, description: "When its first message was accepted." },
    lastAt: { ...instant, description: "When its last one was." },
    writtenAt: { ...instant, description: "When its file was last written to." },
    bytes: Type.Integer({ description: "On disk." }),
  }),
);

const JobDbsOut = component(
  "JobDbsOut",
  Type.Object({
    jobDbs: Type.Array(JobDbOut.ref, {
      description: `Those with messages, the newest first, at most ${limits.jobDbsShownMax}.`,
    }),
    bytes: Type.Integer({ description: "Of all of them, on disk." }),
    freeBytes: nullable(
      Type.Integer({ description: "Free on their disk; null: it was not looked at yet." }),
    ),
    archive: Type.Object({
      stored: Type.Integer({ description: "Archives made since the start." }),
      bytes: Type.Integer({ description: "Of these, as they are in the archive." }),
      failures: Type.Integer({ description: "Of which each is tried again." }),
    }),
    dropped: Type.Integer({ description: "JobDbs whose time was over since the start." }),
    damaged: Type.Integer({
      description: "JobDbs that are set aside, as the disk has altered them.",
    }),
  }),
);

export function jobDbRoute(server: ApiServer, { storage }: ApiContext): void {
  for (const { schema } of [JobDbOut, JobDbsOut]) server.addSchema(schema);
  server.route({
    method: "GET",
    url: "/api/v1/job-db",
    schema: {
      ...operation(
        "v1.job-db.list",
        "Storage",
        "List what everything is stored in",
        "organization",
      ),
      response: {
        200: answer(JobDbsOut, "As it was up to ten seconds ago"),
        ...problemAnswers,
      },
    },
    handler: async (_request, reply) => {
      const jobDbs = (storage.jobDbs ?? []).toSorted((one, other) => other.number - one.number);
      const { freeBytes, archived, archivedBytes, archiveFailures, dropped, setAside } = storage;
      return reply.send({
        jobDbs: jobDbs.slice(0, limits.jobDbsShownMax).map(jobDbOutOf),
        bytes: jobDbs.reduce((sum, { bytes }) => sum + bytes, 0),
        freeBytes: freeBytes ?? null,
        archive: { stored: archived, bytes: archivedBytes, failures: archiveFailures },
        dropped,
        damaged: setAside,
      });
    },
  });
}

function jobDbOutOf(jobDb: StoredJobDb): Static<typeof JobDbOut.ref> {
  const { number, state, firstAtMs, lastAtMs, writtenAtMs, bytes } = jobDb;
  return {
    number,
    state,
    firstAt: new Date(firstAtMs).toISOString(),
    lastAt: new Date(lastAtMs).toISOString(),
    writtenAt: new Date(Math.round(writtenAtMs)).toISOString(),
    bytes,
  };
}
