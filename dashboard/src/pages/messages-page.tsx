import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { messages } from "../api/resources.ts";
import type { MessageOut } from "../api/shapes.ts";
import { type Column, ListTable } from "../components/data-table.tsx";
import { FilterForm } from "../components/filter-form.tsx";
import { Nothing } from "../components/notice.tsx";
import { Time } from "../components/time.tsx";
import { ApplicationHead } from "./application-head.tsx";
import { FindMessage } from "./find-message.tsx";
import { messageFields } from "./message-fields.ts";

const route = getRouteApi("/inside/applications/$application/messages");

export function MessagesPage() {
  const { application } = route.useParams();
  const { iterator, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(messages(useApi(), application, { iterator, ...filter }));
  return (
    <>
      <ApplicationHead id={application} />
      <FindMessage application={application} />
      <FilterForm
        fields={messageFields}
        values={filter}
        onFilter={(search) => void navigate({ search })}
      />
      <ListTable
        caption="Messages"
        columns={columnsOf(application)}
        list={list}
        keyOf={({ id }) => id}
        iterator={iterator}
        onTurn={(turned) => void navigate({ search: { ...filter, iterator: turned } })}
        empty={
          <Nothing title="No messages">
            This application was sent nothing that is kept still and that the filter lets through.
            Send one with <code>POST /api/v1/app/{application}/msg</code>.
          </Nothing>
        }
      />
    </>
  );
}

function columnsOf(application: string): readonly Column<MessageOut>[] {
  return [
    {
      name: "Message",
      cell: ({ id }) => (
        <Link
          to="/applications/$application/messages/$message"
          params={{ application, message: id }}
        >
          <code>{id}</code>
        </Link>
      ),
    },
    { name: "Event type", cell: ({ eventType }) => eventType },
    { name: "Event id", cell: ({ eventId }) => eventId ?? <span className="faint">–</span> },
    {
      name: "Channels and tags",
      wide: true,
      cell: ({ channels, tags }) => (
        <span className="chips">
          {[...(channels ?? []), ...(tags ?? []).map((tag) => `#${tag}`)].map((each) => (
            <span key={each} className="chip">
              {each}
            </span>
          ))}
        </span>
      ),
    },
    { name: "Accepted", align: "right", cell: ({ timestamp }) => <Time at={timestamp} /> },
  ];
}
