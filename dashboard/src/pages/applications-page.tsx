import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { applications } from "../api/resources.ts";
import type { ApplicationOut } from "../api/shapes.ts";
import { type Column, ListTable } from "../components/data-table.tsx";
import { Nothing } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Time } from "../components/time.tsx";
import { visible } from "../components/text.ts";
import { NewApplication } from "./new-application.tsx";

const columns: readonly Column<ApplicationOut>[] = [
  {
    name: "Name",
    wide: true,
    cell: ({ id, name }) => (
      <Link to="/applications/$application" params={{ application: id }}>
        <bdi>{visible(name) || "(no name)"}</bdi>
      </Link>
    ),
  },
  { name: "UID", cell: ({ uid }) => uid ?? <span className="faint">–</span> },
  { name: "Id", cell: ({ id }) => <code>{id}</code> },
  {
    name: "Rate",
    align: "right",
    cell: ({ throttleRate }) => (throttleRate === null ? "no limit" : `${throttleRate}/s`),
  },
  { name: "Created", align: "right", cell: ({ createdAt }) => <Time at={createdAt} /> },
];

const route = getRouteApi("/inside/applications");

export function ApplicationsPage() {
  const { iterator } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(applications(useApi(), { iterator }));
  return (
    <>
      <PageHead title="Applications">
        Your customers: each has its own endpoints and messages.
      </PageHead>
      <NewApplication />
      <ListTable
        caption="Applications"
        columns={columns}
        list={list}
        keyOf={({ id }) => id}
        iterator={iterator}
        onTurn={(turned) => void navigate({ search: { iterator: turned } })}
        empty={
          <Nothing title="No applications yet">
            An application is one of your customers. Add the first one above, or let your program do
            it with <code>svix.application.create</code>.
          </Nothing>
        }
      />
    </>
  );
}
