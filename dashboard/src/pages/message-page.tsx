import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { destinations, message as messageQuery, type ReadMessage } from "../api/resources.ts";
import type { MessageEndpointOut } from "../api/shapes.ts";
import { ActionButton } from "../components/action-button.tsx";
import { CopyText, TextBlock } from "../components/code.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { Loading, Nothing, ProblemNotice } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Facts, Panel } from "../components/panel.tsx";
import { DeliveryStatus } from "../components/statuses.tsx";
import { Instant, Time } from "../components/time.tsx";
import { useViewer } from "../components/viewer.ts";
import { formatJson, visible } from "../components/text.ts";
import { Timeline } from "./timeline.tsx";

const route = getRouteApi("/inside/applications/$application/messages/$message");

export function MessagePage() {
  const address = route.useParams();
  const { kind } = useViewer();
  const { data: message, error } = useQuery(messageQuery(useApi(), address));
  if (error !== null) return <ProblemNotice error={error} />;
  if (message === undefined) return <Loading />;
  return (
    <>
      <PageHead
        title={message.eventType}
        trail={
          <>
            {kind === "operator" && <Link to="/applications">Applications</Link>}
            <Link
              to="/applications/$application/messages"
              params={{ application: address.application }}
            >
              Messages
            </Link>
          </>
        }
      >
        <CopyText text={message.id} label="the message's id" />
      </PageHead>
      <div className="columns columns-uneven">
        <Panel title="Deliveries">
          <Deliveries />
        </Panel>
        <Panel title="Message">
          <MessageFacts message={message} />
        </Panel>
      </div>
      <Panel title="Attempts">
        <Timeline {...address} />
      </Panel>
      <Payload payload={message.payload} />
    </>
  );
}

function MessageFacts({ message }: { readonly message: ReadMessage }) {
  const { timestamp, eventId, channels, tags } = message;
  return (
    <Facts
      facts={[
        { name: "Accepted", value: <Instant at={timestamp} /> },
        { name: "Event id", value: eventId ?? "–" },
        { name: "Channels", value: channels?.join(", ") ?? "–" },
        { name: "Tags", value: tags?.join(", ") ?? "–" },
      ]}
    />
  );
}

function Deliveries() {
  const address = route.useParams();
  const { mayChange } = useViewer();
  const { data, error } = useQuery(destinations(useApi(), address));
  if (error !== null) return <ProblemNotice error={error} />;
  if (data === undefined) return <Loading />;
  return (
    <DataTable
      caption="Deliveries"
      columns={[...deliveryColumnsOf(address), ...(mayChange ? [resendColumnOf(address)] : [])]}
      items={data.data}
      keyOf={({ id }) => id}
      empty={
        <Nothing title="No endpoint asked for this">
          When it was accepted, no endpoint of the application took its event type and channels.
        </Nothing>
      }
    />
  );
}

function deliveryColumnsOf({
  application,
}: ReturnType<typeof route.useParams>): readonly Column<MessageEndpointOut>[] {
  return [
    {
      name: "Endpoint",
      wide: true,
      cell: ({ id, url }) => (
        <Link
          to="/applications/$application/endpoints/$endpoint"
          params={{ application, endpoint: id }}
        >
          <bdi>{visible(url)}</bdi>
        </Link>
      ),
    },
    { name: "Status", cell: (each) => <DeliveryStatus {...each} /> },
    {
      name: "Next attempt",
      align: "right",
      cell: ({ nextAttempt }) =>
        nextAttempt === null ? <span className="faint">none</span> : <Time at={nextAttempt} />,
    },
  ];
}

function resendColumnOf({
  application,
  message,
}: ReturnType<typeof route.useParams>): Column<MessageEndpointOut> {
  return {
    name: "By hand",
    align: "right",
    cell: ({ id, disabled }) =>
      disabled ? (
        <span className="faint">disabled</span>
      ) : (
        <Resend application={application} message={message} endpoint={id} />
      ),
  };
}

function Resend({
  application,
  message,
  endpoint,
}: {
  readonly application: string;
  readonly message: string;
  readonly endpoint: string;
}) {
  const api = useApi();
  const url = path`/api/v1/app/${application}/msg/${message}/endpoint/${endpoint}/resend`;
  return <ActionButton label="Resend" act={() => api.post(url)} done="resent" />;
}

function Payload({ payload }: { readonly payload: string }) {
  const [isAsSent, setIsAsSent] = useState(false);
  return (
    <Panel
      title="Payload"
      actions={
        <label className="check">
          <input
            type="checkbox"
            checked={isAsSent}
            onChange={({ target }) => setIsAsSent(target.checked)}
          />
          as it was sent, byte for byte
        </label>
      }
    >
      <TextBlock label="Payload" text={isAsSent ? payload : formatJson(payload)} />
    </Panel>
  );
}
