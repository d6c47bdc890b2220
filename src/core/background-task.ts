/** Long work on an endpoint's messages: which of them it is about. */

/**
 * What a background task does. Of an endpoint's messages it sends …
 * - `endpoint.recover`: … those that have failed or were skipped;
 * - `endpoint.replay`: … those that the endpoint asks for now and was never sent by the schedule;
 * - `endpoint.bulk-replay`: … those of a filter, delivered or failed.
 * `endpoint.cancel` sends nothing: it cancels what waits of those of a filter.
 */
export type TaskType =
  | "endpoint.recover"
  | "endpoint.replay"
  | "endpoint.bulk-replay"
  | "endpoint.cancel";

/** Which messages a task is about. What is left out leaves nothing out. */
export interface TaskFilter {
  readonly eventTypes?: readonly string[];
  readonly channel?: string;
  readonly tag?: string;
  /** What has become of them at the endpoint. */
  readonly state?: "delivered" | "failed";
  /** Also those that only the archive has. */
  readonly archived?: true;
}

/** Why a task has failed: there is nobody to send to, or what it needs of the archive can't be read as long as nobody mends it. */
export type TaskFailure = "endpoint_deleted" | "archive_unreadable";
