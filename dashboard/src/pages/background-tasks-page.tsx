import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { backgroundTasks } from "../api/resources.ts";
import type { BackgroundTaskOut } from "../api/shapes.ts";
import { ActionButton } from "../components/action-button.tsx";
import { Badge } from "../components/badge.tsx";
import { type Column, ListTable } from "../components/data-table.tsx";
import { Nothing } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Instant, Time } from "../components/time.tsx";

const columns: readonly Column<BackgroundTaskOut>[] = [
  { name: "Task", cell: ({ task }) => kinds[task] },
  {
    name: "Endpoint",
    cell: ({ data: { appId, endpointId } }) =>
      endpointId === null ? (
        <>
          all of <code>{appId}</code>
        </>
      ) : (
        <Link
          to="/applications/$application/endpoints/$endpoint"
          params={{ application: appId, endpoint: endpointId }}
        >
          <code>{endpointId}</code>
        </Link>
      ),
  },
  {
    name: "Messages of",
    wide: true,
    cell: ({ data: { since, until } }) => (
      <>
        <Instant at={since} /> to <Instant at={until} />
      </>
    ),
  },
  { name: "State", cell: (task) => <TaskState task={task} /> },
  { name: "Progress", align: "right", cell: ({ data }) => <Progress data={data} /> },
  {
    name: "Sent again",
    align: "right",
    cell: ({ data: { messagesSent } }) => messagesSent.toLocaleString("en"),
  },
  { name: "Changed", align: "right", cell: ({ updatedAt }) => <Time at={updatedAt} /> },
  { name: "Abort", align: "right", cell: (task) => <Abort task={task} /> },
];

const kinds: Readonly<Record<BackgroundTaskOut["task"], string>> = {
  "endpoint.recover": "Recover what failed",
  "endpoint.replay": "Replay what is missing",
  "endpoint.bulk-replay": "Replay by filter",
};

const reasons: Readonly<Record<NonNullable<BackgroundTaskOut["data"]["failure"]>, string>> = {
  cancelled: "aborted",
  endpoint_deleted: "endpoint deleted",
  archive_unreadable: "archive unreadable",
};

const route = getRouteApi("/inside/background-tasks");

export function BackgroundTasksPage() {
  const { iterator } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(backgroundTasks(useApi(), { iterator }));
  return (
    <>
      <PageHead title="Background tasks">
        Recoveries and replays: they go on after a restart, and as fast as their endpoints take
        them.
      </PageHead>
      <ListTable
        caption="Background tasks"
        columns={columns}
        list={list}
        keyOf={({ id }) => id}
        iterator={iterator}
        onTurn={(turned) => void navigate({ search: { iterator: turned } })}
        empty={
          <Nothing title="No background tasks">
            Begin one on an endpoint&apos;s page: recover what has failed, or replay what it missed.
          </Nothing>
        }
      />
    </>
  );
}

function TaskState({ task: { status, data } }: { readonly task: BackgroundTaskOut }) {
  switch (status) {
    case "running":
      return <Badge tone="busy">running</Badge>;
    case "finished":
      return <Badge tone="good">finished</Badge>;
    case "failed":
      return <Badge tone="bad">{data.failure === null ? "failed" : reasons[data.failure]}</Badge>;
  }
}

function Progress({ data: { examined, total } }: Pick<BackgroundTaskOut, "data">) {
  if (total === null) return `${examined.toLocaleString("en")} looked at`;
  return (
    <span className="progress">
      <progress max={Math.max(total, 1)} value={total === 0 ? 1 : examined} aria-label="Progress" />
      {examined.toLocaleString("en")} of {total.toLocaleString("en")}
    </span>
  );
}

function Abort({ task: { id, status } }: { readonly task: BackgroundTaskOut }) {
  const api = useApi();
  if (status !== "running") return null;
  return (
    <ActionButton
      label="Abort"
      isDangerous
      question="What it has begun to send again is sent; nothing more is. It can't be taken up again."
      act={() => api.post(path`/api/v1/background-task/${id}/cancel`)}
      done="aborted"
    />
  );
}
