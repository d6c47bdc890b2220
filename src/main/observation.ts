/** Puts together what is told to those who watch the server. */
import type { MetricsAccess } from "../api/metrics.ts";
import { RequestMeter } from "../api/request-meter.ts";
import type { LdbReader } from "../control/ldb-reader.ts";
import type { ThreadedControlWriter } from "../control/threaded-control-writer.ts";
import type { ApplicationKey } from "../core/ids.ts";
import { ActivityFeed } from "./activity-feed.ts";
import type { Composition } from "./composition.ts";
import type { DiskKeeper } from "./disk-keeper.ts";
import { logMessages } from "./message-log.ts";
import { serverMetrics } from "./server-metrics.ts";
import { SystemClock } from "./system-clock.ts";
import { TraceExporter } from "./trace-exporter.ts";
import { TrafficMeter } from "./traffic-meter.ts";

export interface Observation {
  readonly traffic: TrafficMeter;
  readonly activity: ActivityFeed;
  readonly requests: RequestMeter;
  readonly metrics: MetricsAccess;
  /** Undefined: nothing is traced. */
  readonly traces: TraceExporter | undefined;
}

interface Observed {
  readonly reader: LdbReader;
  readonly control: Pick<ThreadedControlWriter, "up">;
  readonly disk: DiskKeeper;
}

export function openObservation(
  composition: Composition,
  { reader, control, disk }: Observed,
): Observation {
  const { settings, storage, logger } = composition;
  const activity = new ActivityFeed();
  logMessages(logger, activity);
  const traces = openTraces(composition);
  const organizationOf = (application: ApplicationKey) => reader.organizationOf(application);
  const traffic = new TrafficMeter({ nowMs: Date.now, organizationOf });
  const requests = new RequestMeter();
  const sources = {
    traffic,
    requests,
    traces,
    storage,
    disk,
    reader,
    isControlUp: () => control.up,
    directors: settings.directors,
    endpointsMax: settings.metricsEndpoints,
    nowMs: Date.now,
  };
  const metrics = { token: settings.metricsToken, text: () => serverMetrics(sources) };
  return { traffic, activity, requests, metrics, traces };
}

function openTraces({ settings, logger, closings }: Composition): TraceExporter | undefined {
  const { tracesUrl: url, tracesHeaders: headers } = settings;
  if (url === undefined) return undefined;
  const traces = new TraceExporter({
    url,
    headers,
    clock: new SystemClock(),
    onFailure: (err) => logger.warn({ err }, "could not export traces: they are dropped"),
  });
  closings.push(() => traces.stop());
  return traces;
}
