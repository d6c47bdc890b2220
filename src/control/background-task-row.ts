import type { ApplicationId, BackgroundTaskId, EndpointId } from "../core/ids.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import type { TaskFailure, TaskFilter } from "../core/background-task.ts";
import type { BackgroundTask } from "./entities.ts";

export interface BackgroundTaskRow {
  readonly key: number;
  readonly id: string;
  readonly organization: string;
  readonly type: BackgroundTask["type"];
  /** Null: of all endpoints of the application. */
  readonly endpoint: number | null;
  readonly since_ms: number;
  readonly until_ms: number;
  readonly status: BackgroundTask["status"];
  /** Messages sent again so far, or cancelled. */
  readonly resent: number;
  /** The id of the last message looked at; null: none yet. */
  readonly cursor: string | null;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
  /** JSON of the filter; null: every message. */
  readonly filter: string | null;
  /** Messages that it was about when it began; null: nobody has counted them. */
  readonly total: number | null;
  /** Messages looked at so far; null in rows of programs that did not count them. */
  readonly examined: number | null;
  /** Null in rows of programs whose tasks were all of an endpoint: its own. */
  readonly application: number | null;
  /** Null: it has not failed, or its endpoint was deleted, by programs that knew nothing else. */
  readonly failure: TaskFailure | null;
}

export const backgroundTaskColumns = [
  "key",
  "id",
  "organization",
  "type",
  "endpoint",
  "since_ms",
  "until_ms",
  "status",
  "resent",
  "cursor",
  "created_at_ms",
  "updated_at_ms",
  "filter",
  "total",
  "examined",
  "application",
  "failure",
] as const satisfies readonly (keyof BackgroundTaskRow)[];

/** A filter that leaves nothing out. */
const everything: TaskFilter = {};

/** What a task's row refers to. */
export interface TaskOwner {
  readonly application_key: number;
  readonly application_id: string;
  /** Null as the row's endpoint is. */
  readonly endpoint_id: string | null;
}

export function toBackgroundTask(row: BackgroundTaskRow, owner: TaskOwner): BackgroundTask {
  return {
    key: row.key,
    id: row.id as BackgroundTaskId, // the column holds nothing else
    organization: row.organization,
    type: row.type,
    application: applicationKeyOf(owner.application_key),
    endpoint: row.endpoint === null ? undefined : endpointKeyOf(row.endpoint),
    endpointId: (owner.endpoint_id ?? undefined) as EndpointId | undefined, // the column holds nothing else
    applicationId: owner.application_id as ApplicationId, // the column holds nothing else
    sinceMs: row.since_ms,
    untilMs: row.until_ms,
    filter: row.filter === null ? everything : (JSON.parse(row.filter) as TaskFilter), // written by startTask
    status: row.status,
    failure: row.status === "failed" ? (row.failure ?? "endpoint_deleted") : undefined,
    done: row.resent,
    examined: row.examined ?? 0,
    total: row.total ?? undefined,
    cursor: row.cursor ?? undefined,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
