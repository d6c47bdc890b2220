import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { backgroundTasks } from "../api/resources.ts";
import type { BackgroundTaskOut } from "../api/shapes.ts";
import { type Column, ListTable } from "../components/data-table.tsx";
import { Nothing } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Instant, Time } from "../components/time.tsx";
import { AbortTask, TaskProgress, TaskState } from "./task-cells.tsx";

const columns: readonly Column<BackgroundTaskOut>[] = [
  {
    name: "Task",
    cell: ({ task, data: { action } }) => (action === "cancel" ? "Give up by filter" : kinds[task]),
  },
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
  { name: "Progress", align: "right", cell: ({ data }) => <TaskProgress data={data} /> },
  {
    name: "Done",
    align: "right",
    cell: ({ data: { messagesSent, messagesCancelled } }) =>
      (messagesSent + messagesCancelled).toLocaleString("en"),
  },
  { name: "Changed", align: "right", cell: ({ updatedAt }) => <Time at={updatedAt} /> },
  { name: "Abort", align: "right", cell: (task) => <AbortTask task={task} /> },
];

const kinds: Readonly<Record<BackgroundTaskOut["task"], string>> = {
  "endpoint.recover": "Recover what failed",
  "endpoint.replay": "Replay what is missing",
  "endpoint.bulk-replay": "Replay by filter",
};

const route = getRouteApi("/inside/background-tasks");

export function BackgroundTasksPage() {
  const { iterator } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(backgroundTasks(useApi(), { iterator }));
  return (
    <>
      <PageHead title="Background tasks">
        Recoveries and replays, as fast as their endpoints take them, and what gives up messages.
        They go on after a restart.
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
