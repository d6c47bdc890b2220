import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { ApiProblem } from "../api/client.ts";
import { archives } from "../api/resources.ts";
import type { ArchiveOut } from "../api/shapes.ts";
import { Badge } from "../components/badge.tsx";
import { bytesOf } from "../components/bytes.ts";
import { type Column, ListTable } from "../components/data-table.tsx";
import { Nothing } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { visible } from "../components/text.ts";
import { Minute, Time } from "../components/time.tsx";

const columns: readonly Column<ArchiveOut>[] = [
  {
    name: "Archive",
    wide: true,
    cell: (archive) => (
      <>
        <bdi>
          {archive.jobDb === null ? visible(archive.name) : archive.name.replace(/\.json$/, "")}
        </bdi>
        <div className="faint">
          <bdi>{visible(archive.damage ?? holdingOf(archive))}</bdi>
        </div>
      </>
    ),
  },
  {
    name: "State",
    cell: ({ damage }) =>
      damage === null ? <Badge tone="good">whole</Badge> : <Badge tone="bad">damaged</Badge>,
  },
  { name: "Messages", align: "right", cell: ({ content }) => countOf(content?.messages) },
  { name: "Undelivered", align: "right", cell: ({ content }) => countOf(content?.undelivered) },
  {
    name: "Size",
    align: "right",
    cell: ({ content }) => (content === null ? "unknown" : bytesOf(content.bytes)),
  },
  {
    name: "Archived",
    align: "right",
    cell: ({ writtenAt }) => (writtenAt === null ? "unknown" : <Time at={writtenAt} />),
  },
  {
    name: "Accepted from, to",
    cell: ({ content }) =>
      content === null || content.from === null || content.to === null ? (
        "none"
      ) : (
        <>
          <Minute at={content.from} />
          <br />
          <Minute at={content.to} />
        </>
      ),
  },
];

function holdingOf({ kind, jobDb }: ArchiveOut): string {
  return `${kind === "undelivered" ? "the undelivered" : "everything"} of JobDb ${jobDb}`;
}

function countOf(count: number | undefined): string {
  return count?.toLocaleString("en") ?? "unknown";
}

const route = getRouteApi("/inside/storage");

/** What is in the archive, the newest JobDbs first. */
export function ArchivesPanel() {
  const { iterator } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(archives(useApi(), { iterator }));
  const isOff = list.error instanceof ApiProblem && list.error.status === 404;
  return (
    <Panel title="Archives">
      {isOff ? (
        <Nothing title="Nothing is archived">
          The server runs with <code>--archive off</code>: history is dropped without a copy.
        </Nothing>
      ) : (
        <ListTable
          caption="Archives"
          columns={columns}
          list={list}
          keyOf={({ name }) => name}
          iterator={iterator}
          onTurn={(turned) => void navigate({ search: { iterator: turned } })}
          empty={
            <Nothing title="No archives">
              What could not be delivered is archived when its JobDb is drained, history before it
              is dropped.
            </Nothing>
          }
        />
      )}
    </Panel>
  );
}
