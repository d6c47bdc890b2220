import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { attemptsOfEndpoint, messagesOfEndpoint } from "../api/resources.ts";
import type { EndpointMessageOut, MessageAttemptOut } from "../api/shapes.ts";
import { type Column, ListTable } from "../components/data-table.tsx";
import { FilterForm } from "../components/filter-form.tsx";
import { Nothing } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { AttemptStatus, DeliveryStatus } from "../components/statuses.tsx";
import { durationOf, Time } from "../components/time.tsx";
import { messageFields } from "./message-fields.ts";

const route = getRouteApi("/inside/applications/$application/endpoints/$endpoint");

/** What was sent to an endpoint: attempt by attempt, or message by message with what has become of it. */
export function EndpointHistory() {
  const address = route.useParams();
  const { of } = route.useSearch();
  const isOfMessages = of === "messages";
  const current = (isShown: boolean) => (isShown ? { className: "active" } : {});
  return (
    <Panel title={isOfMessages ? "Messages" : "Attempts"}>
      <nav className="tabs" aria-label="History">
        {/* its own words: the router's `active` looks at the path alone */}
        <Link
          to="/applications/$application/endpoints/$endpoint"
          params={address}
          resetScroll={false}
          {...current(!isOfMessages)}
        >
          By attempt
        </Link>
        <Link
          to="/applications/$application/endpoints/$endpoint"
          params={address}
          search={{ of: "messages" }}
          resetScroll={false}
          {...current(isOfMessages)}
        >
          By message
        </Link>
      </nav>
      {isOfMessages ? <Messages /> : <Attempts />}
    </Panel>
  );
}

const attemptStatuses = [
  { value: "", label: "all" },
  { value: "0", label: "succeeded" },
  { value: "2", label: "failed" },
];

function Attempts() {
  const { application, endpoint } = route.useParams();
  const { iterator, of: _, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(
    attemptsOfEndpoint(
      useApi(),
      { application, endpoint },
      { iterator, with_content: false, ...filter },
    ),
  );
  return (
    <>
      <FilterForm
        fields={[{ name: "status", label: "Status", choices: attemptStatuses }, ...messageFields]}
        values={filter}
        onFilter={(search) => void navigate({ search })}
      />
      <ListTable
        caption="Attempts"
        columns={attemptColumnsOf(application)}
        list={list}
        keyOf={({ id }) => id}
        iterator={iterator}
        onTurn={(turned) => void navigate({ search: { ...filter, iterator: turned } })}
        empty={
          <Nothing title="No attempts">
            Nothing was sent to this endpoint, or nothing that the filter lets through.
          </Nothing>
        }
      />
    </>
  );
}

const deliveryStatuses = [
  { value: "", label: "all" },
  { value: "0", label: "delivered" },
  { value: "1", label: "pending" },
  { value: "2", label: "failed" },
];

function Messages() {
  const { application, endpoint } = route.useParams();
  const { iterator, of, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(
    messagesOfEndpoint(
      useApi(),
      { application, endpoint },
      { iterator, with_content: false, ...filter },
    ),
  );
  return (
    <>
      <FilterForm
        fields={[{ name: "status", label: "Status", choices: deliveryStatuses }, ...messageFields]}
        values={filter}
        onFilter={(search) => void navigate({ search: { of, ...search } })}
      />
      <ListTable
        caption="Messages"
        columns={messageColumnsOf(application)}
        list={list}
        keyOf={({ id }) => id}
        iterator={iterator}
        onTurn={(turned) => void navigate({ search: { of, ...filter, iterator: turned } })}
        empty={
          <Nothing title="No messages">
            Nothing was for this endpoint, or nothing that the filter lets through.
          </Nothing>
        }
      />
    </>
  );
}

function attemptColumnsOf(application: string): readonly Column<MessageAttemptOut>[] {
  return [
    {
      name: "Message",
      wide: true,
      cell: ({ msgId }) => <MessageLink application={application} message={msgId} />,
    },
    { name: "Answer", cell: (attempt) => <AttemptStatus attempt={attempt} /> },
    { name: "By", cell: ({ triggerType }) => (triggerType === 0 ? "schedule" : "hand") },
    {
      name: "Took",
      align: "right",
      cell: ({ responseDurationMs }) => durationOf(responseDurationMs),
    },
    { name: "When", align: "right", cell: ({ timestamp }) => <Time at={timestamp} /> },
  ];
}

function messageColumnsOf(application: string): readonly Column<EndpointMessageOut>[] {
  return [
    {
      name: "Message",
      wide: true,
      cell: ({ id }) => <MessageLink application={application} message={id} />,
    },
    { name: "Event type", cell: ({ eventType }) => eventType },
    { name: "Status", cell: ({ statusText }) => <DeliveryStatus statusText={statusText} /> },
    {
      name: "Next attempt",
      align: "right",
      cell: ({ nextAttempt }) =>
        nextAttempt === null ? <span className="faint">none</span> : <Time at={nextAttempt} />,
    },
    { name: "Accepted", align: "right", cell: ({ timestamp }) => <Time at={timestamp} /> },
  ];
}

function MessageLink({
  application,
  message,
}: {
  readonly application: string;
  readonly message: string;
}) {
  return (
    <Link to="/applications/$application/messages/$message" params={{ application, message }}>
      <code>{message}</code>
    </Link>
  );
}
