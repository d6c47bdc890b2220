import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import type { OverviewOut } from "../api/shapes.ts";
import { useOverview } from "../api/use-overview.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { Loading, Nothing, ProblemNotice } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Panel } from "../components/panel.tsx";
import { EndpointState } from "../components/statuses.tsx";
import { Tiles } from "../components/tiles.tsx";
import { durationOf, Time } from "../components/time.tsx";
import { visible } from "../components/text.ts";

/** With its library, which no other page needs. */
const TimeChart = lazy(async () => ({
  default: (await import("../components/time-chart.tsx")).TimeChart,
}));

export function OverviewPage() {
  const { overview, error } = useOverview();
  return (
    <>
      <PageHead
        title="Overview"
        actions={
          <span role="status">
            {overview !== undefined && error === undefined ? (
              <Badge tone="good">live</Badge>
            ) : (
              <Badge tone="quiet">not live</Badge>
            )}
          </span>
        }
      >
        The last hour, since the server started at most.
      </PageHead>
      {error !== undefined && <ProblemNotice error={error} />}
      {overview === undefined ? error === undefined && <Loading /> : <Shown overview={overview} />}
    </>
  );
}

function Shown({ overview }: { readonly overview: OverviewOut }) {
  return (
    <>
      <Numbers overview={overview} />
      <Charts overview={overview} />
      <Panel title="Worst endpoints">
        <DataTable
          caption="Worst endpoints"
          columns={columns}
          items={overview.worst}
          keyOf={({ endpointId }) => endpointId}
          empty={
            <Nothing title="Nothing waits">
              Every delivery is settled. Endpoints that fail or fall behind are shown here.
            </Nothing>
          }
        />
      </Panel>
    </>
  );
}

function Numbers({ overview }: { readonly overview: OverviewOut }) {
  const { minutes, pending, inFlight, failing, endpoints, oldest } = overview;
  const sum = (name: "messages" | "delivered" | "failed" | "givenUp") =>
    minutes.reduce((total, minute) => total + minute[name], 0);
  const givenUp = sum("givenUp");
  return (
    <Tiles
      tiles={[
        { name: "Accepted", value: numberOf(sum("messages")), note: "messages" },
        { name: "Delivered", value: numberOf(sum("delivered")), note: "deliveries" },
        {
          name: "Failed",
          value: numberOf(sum("failed")),
          note: givenUp === 0 ? "attempts" : `attempts; ${numberOf(givenUp)} given up`,
        },
        { name: "Waiting", value: numberOf(pending), note: `${numberOf(inFlight)} in flight` },
        {
          name: "Oldest to be sent",
          value: oldest === null ? "none" : <Time at={oldest} />,
          note: "of what could go out now",
        },
        {
          name: "Failing endpoints",
          value: numberOf(failing),
          note: `of ${numberOf(endpoints)} with something to send`,
          isBad: failing > 0,
        },
      ]}
    />
  );
}

const minuteSeconds = 60;
const shownMinutes = 60;

function Charts({ overview }: { readonly overview: OverviewOut }) {
  const { times, traffic, latency } = useMemo(() => linesOf(overview), [overview]);
  const newest = overview.minutes.at(-1);
  const p99 = newest?.latencyP99Ms ?? null;
  return (
    <div className="columns">
      <Panel title="Messages a minute">
        <Suspense fallback={<Loading />}>
          <TimeChart
            label={`Accepted, delivered and failed by the minute over the last hour; in the newest ${newest?.messages ?? 0}, ${newest?.delivered ?? 0} and ${newest?.failed ?? 0}`}
            times={times}
            lines={traffic}
            format={numberOf}
          />
        </Suspense>
      </Panel>
      <Panel title="From acceptance to delivery">
        <Suspense fallback={<Loading />}>
          <TimeChart
            label={`Latency by the minute over the last hour; p99 in the newest ${p99 === null ? "unknown" : durationOf(p99)}`}
            times={times}
            lines={latency}
            format={durationOf}
          />
        </Suspense>
      </Panel>
    </div>
  );
}

/** All minutes of the hour: those in which nothing happened are zero. */
function linesOf({ at, minutes }: OverviewOut) {
  const last = Math.floor(Date.parse(at) / 1000 / minuteSeconds) * minuteSeconds;
  const times = Array.from(
    { length: shownMinutes },
    (_, index) => last - (shownMinutes - 1 - index) * minuteSeconds,
  );
  const byTime = new Map(minutes.map((minute) => [Date.parse(minute.at) / 1000, minute]));
  const counts = (name: "messages" | "delivered" | "failed") =>
    times.map((time) => byTime.get(time)?.[name] ?? 0);
  const latencies = (name: "latencyP50Ms" | "latencyP99Ms") =>
    times.map((time) => byTime.get(time)?.[name] ?? null);
  return {
    times,
    traffic: [
      { name: "accepted", color: "--busy", values: counts("messages") },
      { name: "delivered", color: "--good-fill", values: counts("delivered") },
      { name: "failed attempts", color: "--bad-fill", values: counts("failed") },
    ],
    latency: [
      { name: "p50", color: "--busy", values: latencies("latencyP50Ms") },
      { name: "p99", color: "--warn-fill", values: latencies("latencyP99Ms") },
    ],
  };
}

type WorstEndpoint = OverviewOut["worst"][number];

const columns: readonly Column<WorstEndpoint>[] = [
  {
    name: "Endpoint",
    wide: true,
    cell: ({ appId, appName, endpointId, url }) => (
      <>
        <Link
          to="/applications/$application/endpoints/$endpoint"
          params={{ application: appId, endpoint: endpointId }}
        >
          <bdi>{visible(url)}</bdi>
        </Link>
        <div className="faint">
          <bdi>{visible(appName)}</bdi>
        </div>
      </>
    ),
  },
  { name: "State", cell: (each) => <EndpointState endpoint={each} queue={each} /> },
  { name: "Waiting", align: "right", cell: ({ pending }) => numberOf(pending) },
  { name: "In flight", align: "right", cell: ({ inFlight }) => numberOf(inFlight) },
  {
    name: "Oldest",
    align: "right",
    cell: ({ oldest }) =>
      oldest === null ? <span className="faint">–</span> : <Time at={oldest} />,
  },
  { name: "Delivered, 1 h", align: "right", cell: ({ succeeded }) => numberOf(succeeded) },
  { name: "Failed, 1 h", align: "right", cell: ({ failed }) => numberOf(failed) },
];

function numberOf(value: number): string {
  return value.toLocaleString("en");
}
