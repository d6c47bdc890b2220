import { jobDbStates, type StoredJobDb } from "../core/retention.ts";
import type { MetricsText, Sample } from "./metrics-text.ts";
import type { StorageMeter } from "./storage-meter.ts";

/** How far the JobDbs' lives have come, and what they take: nothing until somebody has looked. */
export function showJobDbs(
  text: MetricsText,
  { jobDbs, setAside }: Pick<StorageMeter, "jobDbs" | "setAside">,
  nowMs: number,
): void {
  if (jobDbs === undefined) return;
  const ofStates = (numberOf: (jobDbs: readonly StoredJobDb[]) => number): Sample[] =>
    jobDbStates.map((state) => [
      { state },
      numberOf(jobDbs.filter((each) => each.state === state)),
    ]);
  text.gauge(
    "posthorn_job_dbs",
    "JobDbs with messages, by their state: open (takes more), sealed (has something unsettled), drained (history), damaged (set aside).",
    [...ofStates(({ length }) => length), [{ state: "damaged" }, setAside]],
  );
  text.gauge(
    "posthorn_job_db_bytes",
    "What JobDbs take on disk, by their state.",
    ofStates((some) => some.reduce((sum, { bytes }) => sum + bytes, 0)),
  );
  const unsettledAtMs = jobDbs
    .filter(({ state }) => state === "sealed")
    .map(({ firstAtMs }) => firstAtMs);
  text.gauge(
    "posthorn_job_db_oldest_unsettled_age_seconds",
    "Since the first message of the oldest sealed JobDb was accepted: something in it is unsettled, so it stays; 0: none is sealed.",
    unsettledAtMs.length === 0 ? 0 : Math.max(0, nowMs - Math.min(...unsettledAtMs)) / 1000,
  );
}
