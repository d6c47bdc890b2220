import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { endpoint as endpointQuery, queue as queueQuery } from "../api/resources.ts";
import type { EndpointOut, EndpointQueueOut } from "../api/shapes.ts";
import { CopyText } from "../components/code.tsx";
import { MinuteBars } from "../components/minute-bars.tsx";
import { Loading, ProblemNotice } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Facts, Panel } from "../components/panel.tsx";
import { EndpointState } from "../components/statuses.tsx";
import { Instant, Time } from "../components/time.tsx";
import { useViewer } from "../components/viewer.ts";
import { visible } from "../components/text.ts";
import { EndpointActions } from "./endpoint-actions.tsx";
import { EndpointHistory } from "./endpoint-history.tsx";
import { GiveUp } from "./give-up.tsx";
import { EndpointSecret } from "./endpoint-secret.tsx";
import { InspectorPanels } from "./inspector-panels.tsx";
import { SendTest } from "./send-test.tsx";
import { SendAgain } from "./send-again.tsx";

const route = getRouteApi("/inside/applications/$application/endpoints/$endpoint");

export function EndpointPage() {
  const address = route.useParams();
  const api = useApi();
  const { kind, mayChange } = useViewer();
  const endpoint = useQuery(endpointQuery(api, address));
  const queue = useQuery(queueQuery(api, address));
  if (endpoint.error !== null) return <ProblemNotice error={endpoint.error} />;
  if (endpoint.data === undefined) return <Loading />;
  return (
    <>
      <PageHead
        actions={
          mayChange && (
            <EndpointActions address={address} endpoint={endpoint.data} queue={queue.data} />
          )
        }
        title={visible(endpoint.data.url)}
        trail={
          <>
            {kind === "operator" && <Link to="/applications">Applications</Link>}
            <Link to="/applications/$application" params={{ application: address.application }}>
              Endpoints
            </Link>
          </>
        }
      >
        <CopyText text={endpoint.data.id} label="the endpoint's id" />
        <EndpointState endpoint={endpoint.data} queue={queue.data} />
      </PageHead>
      <div className="columns">
        <Panel title="Queue">
          {queue.error !== null && <ProblemNotice error={queue.error} />}
          {queue.data !== undefined && <QueueFacts queue={queue.data} />}
        </Panel>
        <Panel
          title="Settings"
          actions={
            mayChange && (
              <Link
                className="button quiet"
                to="/applications/$application/endpoints/$endpoint/change"
                params={address}
              >
                Change
              </Link>
            )
          }
        >
          <EndpointFacts endpoint={endpoint.data} />
        </Panel>
      </div>
      <InspectorPanels address={address} url={endpoint.data.url} />
      {mayChange && (
        <>
          <div className="columns">
            <SendTest {...address} />
            <EndpointSecret {...address} />
          </div>
          <SendAgain {...address} />
          <GiveUp {...address} />
        </>
      )}
      <EndpointHistory />
    </>
  );
}

function QueueFacts({ queue }: { readonly queue: EndpointQueueOut }) {
  const { pending, exact, oldest, inFlight, concurrency, pausedUntil, heldUntil, minutes } = queue;
  const { pausedBy, pauseReason } = queue;
  const facts = [
    { name: "Waiting", value: `${pending.toLocaleString("en")}${exact ? "" : ", still counting"}` },
    { name: "Oldest to be sent", value: oldest === null ? "none" : <Time at={oldest} /> },
    { name: "In flight", value: `${inFlight} of ${concurrency}` },
  ];
  if (pausedBy === "operator") {
    const until = pausedUntil === null ? "it is resumed" : <Time at={pausedUntil} />;
    facts.push({ name: "Paused by hand until", value: until });
    if (pauseReason !== null) facts.push({ name: "Because", value: pauseReason });
  } else if (pausedUntil !== null) {
    facts.push({ name: "Tried again", value: <Time at={pausedUntil} /> });
  }
  if (heldUntil !== null)
    facts.push({ name: "Asked to wait until", value: <Time at={heldUntil} /> });
  return (
    <>
      <Facts facts={facts} />
      <MinuteBars minutes={minutes} />
    </>
  );
}

function EndpointFacts({ endpoint }: { readonly endpoint: EndpointOut }) {
  const { description, uid, eventTypes, channels, throttleRate, ordered, createdAt } = endpoint;
  const facts = [
    { name: "Description", value: <bdi>{visible(description) || "–"}</bdi> },
    { name: "UID", value: uid ?? "–" },
    { name: "Event types", value: eventTypes?.join(", ") ?? "all" },
    { name: "Channels", value: channels?.join(", ") ?? "all" },
    { name: "Rate", value: throttleRate === null ? "no limit" : `${throttleRate} a second` },
    { name: "Order", value: ordered ? "strict" : "several at a time" },
    { name: "Created", value: <Instant at={createdAt} /> },
    ...Object.entries(endpoint.metadata).map(([name, value]) => ({
      name: visible(name),
      value: <bdi>{visible(value)}</bdi>,
    })),
  ];
  return <Facts facts={facts} />;
}
