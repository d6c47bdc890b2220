import { useQuery } from "@tanstack/react-query";
import { useApi } from "../api/api-context.ts";
import { storage } from "../api/resources.ts";
import type { JobDbOut, JobDbsOut } from "../api/shapes.ts";
import { Badge } from "../components/badge.tsx";
import { bytesOf } from "../components/bytes.ts";
import { type Column, DataTable } from "../components/data-table.tsx";
import { Loading, Nothing, ProblemNotice } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Panel } from "../components/panel.tsx";
import { Tiles } from "../components/tiles.tsx";
import { Instant, Time } from "../components/time.tsx";
import { ArchivesPanel } from "./archives-panel.tsx";

const tones = { open: "good", sealed: "busy", drained: "quiet" } as const;

const meanings = {
  open: "open, takes messages",
  sealed: "sealed, sends what is left",
  drained: "drained, history",
} as const;

const columns: readonly Column<JobDbOut>[] = [
  { name: "JobDb", cell: ({ number }) => number },
  {
    name: "State",
    cell: ({ state }) => <Badge tone={tones[state]}>{meanings[state]}</Badge>,
  },
  { name: "First message", cell: ({ firstAt }) => <Instant at={firstAt} /> },
  { name: "Last message", cell: ({ lastAt }) => <Instant at={lastAt} /> },
  {
    name: "Age",
    align: "right",
    cell: ({ firstAt }) => <Time at={firstAt} />,
  },
  { name: "On disk", align: "right", cell: ({ bytes }) => bytesOf(bytes) },
];

export function StoragePage() {
  const { data, error } = useQuery(storage(useApi()));
  return (
    <>
      <PageHead title="Storage">
        The files that messages and attempts are in. One is dropped as a whole when its time is
        over, after the archive has it.
      </PageHead>
      {error !== null && <ProblemNotice error={error} />}
      {data === undefined ? error === null && <Loading /> : <Shown storage={data} />}
      <ArchivesPanel />
    </>
  );
}

function Shown({
  storage: { jobDbs, bytes, freeBytes, archive, dropped, damaged },
}: {
  readonly storage: JobDbsOut;
}) {
  return (
    <>
      <Tiles
        tiles={[
          { name: "JobDbs", value: jobDbs.length, note: bytesOf(bytes) },
          { name: "Free on disk", value: freeBytes === null ? "unknown" : bytesOf(freeBytes) },
          {
            name: "Archived",
            value: archive.stored,
            note: `since the start, ${bytesOf(archive.bytes)}`,
          },
          {
            name: "Failed to archive",
            value: archive.failures,
            note: "tries since the start",
            isBad: archive.failures > 0,
          },
          { name: "Dropped", value: dropped, note: "JobDbs since the start" },
          { name: "Damaged", value: damaged, note: "set aside", isBad: damaged > 0 },
        ]}
      />
      <Panel title="JobDbs">
        <DataTable
          caption="JobDbs"
          columns={columns}
          items={jobDbs}
          keyOf={({ number }) => String(number)}
          empty={
            <Nothing title="No messages are stored">
              A JobDb is shown some seconds after its first message.
            </Nothing>
          }
        />
      </Panel>
    </>
  );
}
