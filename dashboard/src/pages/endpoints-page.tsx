import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useApi } from "../api/api-context.ts";
import { endpoints, queue } from "../api/resources.ts";
import type { EndpointOut, EndpointQueueOut } from "../api/shapes.ts";
import { type Column, ListTable } from "../components/data-table.tsx";
import { Nothing } from "../components/notice.tsx";
import { EndpointState } from "../components/statuses.tsx";
import { Time } from "../components/time.tsx";
import { useViewer } from "../components/viewer.ts";
import { visible } from "../components/text.ts";
import { ApplicationHead } from "./application-head.tsx";

const route = getRouteApi("/inside/applications/$application");

/** An application's endpoints, with how they are doing. */
export function EndpointsPage() {
  const { application } = route.useParams();
  const { kind } = useViewer();
  const { iterator } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(endpoints(useApi(), application, { iterator }));
  return (
    <>
      <ApplicationHead id={application} />
      <ListTable
        caption="Endpoints"
        columns={columnsOf(application)}
        list={list}
        keyOf={({ id }) => id}
        iterator={iterator}
        onTurn={(turned) => void navigate({ search: { iterator: turned } })}
        empty={
          <Nothing title="No endpoints yet">
            An endpoint is a URL that gets {kind === "operator" ? "this application's" : "your"}{" "}
            messages.
          </Nothing>
        }
      />
    </>
  );
}

function columnsOf(application: string): readonly Column<EndpointOut>[] {
  const part = (show: (queue: EndpointQueueOut) => ReactNode) => (endpoint: EndpointOut) => (
    <QueuePart application={application} endpoint={endpoint.id} show={show} />
  );
  return [
    {
      name: "Endpoint",
      wide: true,
      cell: ({ id, url, description }) => (
        <>
          <Link
            to="/applications/$application/endpoints/$endpoint"
            params={{ application, endpoint: id }}
          >
            <bdi>{visible(url)}</bdi>
          </Link>
          {description !== "" && (
            <div className="faint">
              <bdi>{visible(description)}</bdi>
            </div>
          )}
        </>
      ),
    },
    {
      name: "State",
      cell: (endpoint) => <QueueState application={application} endpoint={endpoint} />,
    },
    { name: "Waiting", align: "right", cell: part(({ pending }) => pending.toLocaleString("en")) },
    { name: "In flight", align: "right", cell: part(({ inFlight }) => inFlight) },
    {
      name: "Oldest",
      align: "right",
      cell: part(({ oldest }) =>
        oldest === null ? <span className="faint">–</span> : <Time at={oldest} />,
      ),
    },
    {
      name: "Delivered, 1 h",
      align: "right",
      cell: part(({ minutes }) =>
        minutes.reduce((sum, { succeeded }) => sum + succeeded, 0).toLocaleString("en"),
      ),
    },
    {
      name: "Failed, 1 h",
      align: "right",
      cell: part(({ minutes }) =>
        minutes
          .reduce((sum, { failed, unanswered }) => sum + failed + unanswered, 0)
          .toLocaleString("en"),
      ),
    },
  ];
}

function QueueState({
  application,
  endpoint,
}: {
  readonly application: string;
  readonly endpoint: EndpointOut;
}) {
  const { data } = useQuery(queue(useApi(), { application, endpoint: endpoint.id }));
  return <EndpointState endpoint={endpoint} queue={data} />;
}

/** The queue is asked for once for all the cells of its row. */
function QueuePart({
  application,
  endpoint,
  show,
}: {
  readonly application: string;
  readonly endpoint: string;
  readonly show: (queue: EndpointQueueOut) => ReactNode;
}) {
  const { data } = useQuery(queue(useApi(), { application, endpoint }));
  return data === undefined ? "…" : show(data);
}
