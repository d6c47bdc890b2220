/** What the archive has (ours, not Svix's). It is the server's, and says nothing of whose messages it has. */
import { Type, type Static } from "typebox";
import type { ArchiveKind, ArchiveOutline } from "../director/archives.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { instant, nullable } from "./fields.ts";
import { cursorOf, listComponent, listingOfPage, pageQuery } from "./listing.ts";
import { answer, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const ArchiveOut = component(
  "ArchiveOut",
  Type.Object({
    name: Type.String({
      description: "Of its manifest. Whoever can write to the archive may have put anything there.",
      examples: ["00000012.history.json"],
    }),
    jobDb: nullable(
      Type.Integer({
        description:
          "By the name: its JobDb's number, which is in the ids of its messages; null: the name is none of ours.",
      }),
    ),
    kind: Type.Unsafe<ArchiveKind | null>({
      type: ["string", "null"],
      enum: ["history", "undelivered", null],
      description:
        "By the name. `history`: everything of the JobDb. `undelivered`: the messages of which a delivery failed for good, with what belongs to them.",
    }),
    writtenAt: nullable({
      ...instant,
      description:
        "When it was archived, or when an erasure has written it anew, by the clock of the archive; null: that does not say.",
    }),
    content: nullable(
      Type.Object(
        {
          messages: Type.Integer(),
          deliveries: Type.Integer(),
          attempts: Type.Integer(),
          undelivered: Type.Integer({ description: "Deliveries that failed for good." }),
          blocks: Type.Integer(),
          bytes: Type.Integer({ description: "Of its blocks, as they are stored." }),
          from: nullable({
            ...instant,
            description: "When its first message was accepted; null: it has none.",
          }),
          to: nullable({ ...instant, description: "When its last one was." }),
        },
        { description: "As the manifest says; null: that is damaged." },
      ),
    ),
    damage: nullable(
      Type.String({
        description:
          "What is wrong with the manifest; null: it is whole. Whether its blocks are, `posthorn archive verify` finds out.",
      }),
    ),
  }),
);
const ArchiveList = listComponent("ListResponse_ArchiveOut_", ArchiveOut.ref);

export function archiveRoute(server: ApiServer, { archives }: ApiContext): void {
  for (const { schema } of [ArchiveOut, ArchiveList]) server.addSchema(schema);
  server.route({
    method: "GET",
    url: "/api/v1/archive",
    schema: {
      ...operation("v1.archive.list", "Storage", "List what is in the archive", "organization"),
      querystring: Type.Object(pageQuery("[\\s\\S]{1,4096}")),
      response: {
        200: answer(ArchiveList, "A page, by the JobDbs' numbers, the newest first"),
        ...problemAnswers,
      },
    },
    handler: async ({ query }, reply) => {
      if (archives === undefined) throw new Problem("not_found", nothingArchived);
      const cursor = cursorOf(query);
      const { archives: found, isLast } = await archives.page({
        limit: cursor.limit,
        edge: cursor.edge,
        direction: cursor.backward ? "newer" : "older",
      });
      const page = { items: found.map(archiveOutOf), isLast };
      return reply.send(listingOfPage(page, cursor, ({ name }) => name));
    },
  });
}

const nothingArchived =
  "Expected a server that archives, got one with --archive off. Nothing is archived here.";

function archiveOutOf(archive: ArchiveOutline): Static<typeof ArchiveOut.ref> {
  const { name, of, writtenAtMs, content } = archive;
  return {
    name,
    jobDb: of?.jobDb ?? null,
    kind: of?.kind ?? null,
    writtenAt: instantOf(writtenAtMs ?? null),
    ...toldOf(content),
  };
}

function toldOf(
  content: ArchiveOutline["content"],
): Pick<Static<typeof ArchiveOut.ref>, "content" | "damage"> {
  if (content.state === "damaged") return { content: null, damage: content.why };
  const { state: _, fromMs, toMs, ...counts } = content;
  return { content: { ...counts, from: instantOf(fromMs), to: instantOf(toMs) }, damage: null };
}

function instantOf(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
