/**
 * All metrics of a server, with what each means. Labels take values from this file, operations and statuses of the API, or the
 * endpoints with the longest queues, as many as the operator says: so their number is bounded, whatever customers do.
 *
 * Everything is in memory already, so a scrape costs the same whatever the number of endpoints.
 */
import type { RequestMeter } from "../api/request-meter.ts";
import type { LdbReader } from "../control/ldb-reader.ts";
import { limits } from "../core/limits.ts";
import { attemptResults } from "../core/traffic-tally.ts";
import { type QueuesOfState, queueStates } from "../director/traffic.ts";
import type { DiskKeeper } from "./disk-keeper.ts";
import { showJobDbs } from "./job-db-metrics.ts";
import { MetricsText, type Sample } from "./metrics-text.ts";
import type { StorageMeter } from "./storage-meter.ts";
import type { TraceExporter } from "./trace-exporter.ts";
import type { TrafficMeter } from "./traffic-meter.ts";
import { version } from "./version.ts";

export interface ServerMetricsSources {
  readonly traffic: TrafficMeter;
  readonly requests: RequestMeter;
  /** Undefined: nothing is traced. */
  readonly traces: Pick<TraceExporter, "exported" | "dropped"> | undefined;
  readonly storage: StorageMeter;
  readonly disk: Pick<DiskKeeper, "freeBytes" | "lowWaterBytes" | "low">;
  readonly reader: Pick<LdbReader, "endpointIdOf" | "customerOfEndpoint">;
  /** Whether the control store takes writes. */
  readonly isControlUp: () => boolean;
  readonly directors: number;
  /** How many endpoints have metrics of their own. */
  readonly endpointsMax: number;
  readonly nowMs: () => number;
}

const startedAtSeconds = (performance.timeOrigin / 1000).toFixed(3);

export function serverMetrics(sources: ServerMetricsSources): string {
  const text = new MetricsText();
  countTraffic(text, sources);
  showQueues(text, sources);
  countRequests(text, sources);
  countSpans(text, sources);
  showStorage(text, sources);
  showProcess(text, sources);
  return text.toString();
}

function countTraffic(text: MetricsText, { traffic, directors }: ServerMetricsSources): void {
  const { total } = traffic.server;
  text.counter("posthorn_messages_total", "Messages accepted.", total.of("messages"));
  text.counter(
    "posthorn_message_payload_bytes_total",
    "Bytes of their payloads.",
    total.of("payloadBytes"),
  );
  text.counter(
    "posthorn_deliveries_total",
    "Deliveries that began with the acceptance of their messages.",
    total.of("deliveries"),
  );
  text.counter(
    "posthorn_resends_total",
    "Messages asked to be sent again, to one endpoint each.",
    total.of("resends"),
  );
  text.counter(
    "posthorn_deliveries_settled_total",
    "Deliveries that ended, by how: delivered, gone (410), exhausted or cancelled.",
    (["delivered", "gone", "exhausted", "cancelled"] as const).map((settlement) => [
      { settlement },
      total.of(settlement),
    ]),
  );
  text.counter(
    "posthorn_deliveries_quarantined_total",
    "Of the exhausted, those that were given up on because handling them ends the process.",
    total.of("quarantined"),
  );
  text.counter(
    "posthorn_retries_planned_total",
    "Attempts that failed and planned another one.",
    total.of("retries"),
  );
  text.counter(
    "posthorn_attempts_total",
    "Attempts, by the class of the answer's status or why there was none.",
    attemptResults.map((result) => [{ result }, total.of(result)]),
  );
  text.histogram(
    "posthorn_delivery_latency_seconds",
    "From the acceptance of a message to an answer that delivers it, retries included.",
    [[{}, total.latency]],
  );
  text.histogram("posthorn_attempt_duration_seconds", "Of one attempt.", [
    [{}, total.attemptDuration],
  ]);
  const { commits } = traffic;
  if (commits !== undefined)
    text.histogram(
      "posthorn_commit_duration_seconds",
      "Of one transaction of a JobDb, its fsync included.",
      [[{}, commits]],
    );
  text.gauge(
    "posthorn_attempts_in_flight",
    "Requests to endpoints that are open.",
    traffic.inFlight,
  );
  text.gauge("posthorn_slots", "Requests to endpoints that may be open.", directors * limits.slots);
}

function showQueues(text: MetricsText, sources: ServerMetricsSources): void {
  const { traffic, nowMs } = sources;
  const { queues } = traffic;
  if (queues === undefined) return;
  const ofStates = (numberOf: (queues: QueuesOfState) => number): Sample[] =>
    queueStates.map((state) => [{ state }, numberOf(queues.states[state])]);
  text.gauge(
    "posthorn_queues",
    "Endpoints with unsettled deliveries, by their state; held: disabled.",
    ofStates(({ endpoints }) => endpoints),
  );
  text.gauge(
    "posthorn_queued_deliveries",
    "Deliveries that are not settled, as far as they have been found, by the state of their endpoints.",
    ofStates(({ pending }) => pending),
  );
  const now = nowMs();
  text.gauge(
    "posthorn_oldest_waiting_age_seconds",
    "Since the oldest message was accepted that could be sent now but for the state of its endpoint; 0: none.",
    ofStates(({ oldestAtMs }) =>
      oldestAtMs === undefined ? 0 : Math.max(0, now - oldestAtMs) / 1000,
    ),
  );
  text.gauge(
    "posthorn_endpoint_queued_deliveries",
    "The same of the endpoints with most.",
    longestQueues(sources),
  );
}

function longestQueues({ traffic, reader, endpointsMax }: ServerMetricsSources): Sample[] {
  const samples: Sample[] = [];
  for (const { endpoint, state, pending } of traffic.queues?.longest ?? []) {
    if (samples.length >= endpointsMax) break;
    const application = reader.customerOfEndpoint(endpoint)?.id;
    if (application === undefined) continue; // deleted meanwhile, or the operator's own
    samples.push([{ application, endpoint: reader.endpointIdOf(endpoint), state }, pending]);
  }
  return samples;
}

function countRequests(text: MetricsText, { requests }: ServerMetricsSources): void {
  text.counter(
    "posthorn_http_requests_total",
    "Requests that were answered, by operation and status.",
    requests.requests.map(({ operation, status, count }) => [{ operation, status }, count]),
  );
  text.histogram(
    "posthorn_http_request_duration_seconds",
    "From a request to the end of its answer: of those that send a message, a batch, and all others.",
    Array.from(requests.durations, ([kind, histogram]) => [{ kind }, histogram]),
  );
}

function countSpans(text: MetricsText, { traces }: ServerMetricsSources): void {
  text.counter("posthorn_spans_total", "Spans of attempts, by whether a collector took them.", [
    [{ result: "exported" }, traces?.exported ?? 0],
    [{ result: "dropped" }, traces?.dropped ?? 0],
  ]);
}

function showStorage(
  text: MetricsText,
  { storage, disk, isControlUp, nowMs }: ServerMetricsSources,
): void {
  showJobDbs(text, storage, nowMs());
  text.counter("posthorn_job_dbs_dropped_total", "JobDbs whose time was over.", storage.dropped);
  text.counter(
    "posthorn_job_db_drop_failures_total",
    "Rounds in which one could not be dropped.",
    storage.dropFailures,
  );
  text.counter(
    "posthorn_job_dbs_archived_total",
    "Archives of JobDbs that were written and compared.",
    storage.archived,
  );
  text.counter(
    "posthorn_archived_bytes_total",
    "What these archives take, compressed.",
    storage.archivedBytes,
  );
  text.counter(
    "posthorn_archive_failures_total",
    "Times that archiving what was undelivered failed.",
    storage.archiveFailures,
  );
  text.counter(
    "posthorn_damaged_payloads_total",
    "Payloads that the disk has altered, and that are not sent.",
    storage.damagedPayloads,
  );
  text.counter("posthorn_damaged_job_dbs_total", "JobDbs found damaged.", storage.damagedJobDbs);
  text.gauge(
    "posthorn_disk_free_bytes",
    "Free on the data folder's disk, as it was looked at last.",
    disk.freeBytes,
  );
  text.gauge(
    "posthorn_disk_low_water_bytes",
    "Below it nothing new is accepted.",
    disk.lowWaterBytes,
  );
  text.gauge(
    "posthorn_disk_low",
    "1: nothing new is accepted as the disk is full.",
    disk.low ? 1 : 0,
  );
  text.gauge(
    "posthorn_control_store_up",
    "1: the control store takes writes.",
    isControlUp() ? 1 : 0,
  );
}

function showProcess(text: MetricsText, { directors }: ServerMetricsSources): void {
  text.gauge("posthorn_build_info", "The program that runs.", [
    [{ version, node: process.versions.node }, 1],
  ]);
  text.gauge("posthorn_directors", "Directors that run.", directors);
  const { user, system } = process.cpuUsage();
  text.counter("process_cpu_seconds_total", "Of all threads.", (user + system) / 1_000_000);
  text.gauge("process_resident_memory_bytes", "Memory of the process.", process.memoryUsage.rss());
  text.gauge(
    "process_start_time_seconds",
    "When the process started, Unix seconds.",
    Number(startedAtSeconds),
  );
}
