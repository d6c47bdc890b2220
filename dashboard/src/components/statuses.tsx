/** The API's states, each with its word and its tone. */
import type {
  EndpointOut,
  EndpointQueueOut,
  MessageAttemptOut,
  MessageEndpointOut,
} from "../api/shapes.ts";
import { Badge } from "./badge.tsx";
import { Time } from "./time.tsx";

/** Of a delivery. */
export function DeliveryStatus({ statusText }: Pick<MessageEndpointOut, "statusText">) {
  switch (statusText) {
    case "success":
      return <Badge tone="good">delivered</Badge>;
    case "pending":
    case "sending":
      return <Badge tone="busy">pending</Badge>;
    case "fail":
      return <Badge tone="bad">failed</Badge>;
  }
}

/** Of one attempt. */
export function AttemptStatus({
  attempt: { statusText, responseStatusCode },
}: {
  readonly attempt: Pick<MessageAttemptOut, "statusText" | "responseStatusCode">;
}) {
  const code = responseStatusCode === 0 ? "no answer" : String(responseStatusCode);
  return <Badge tone={statusText === "success" ? "good" : "bad"}>{code}</Badge>;
}

/** Of an endpoint: whether it is called, and since when not. */
export function EndpointState({
  endpoint,
  queue,
}: {
  readonly endpoint: Pick<EndpointOut, "disabled">;
  readonly queue: Pick<EndpointQueueOut, "state" | "failSince" | "heldUntil"> | undefined;
}) {
  if (endpoint.disabled) return <Badge tone="quiet">disabled</Badge>;
  if (queue === undefined) return <Badge tone="quiet">…</Badge>;
  if (queue.heldUntil !== null) return <Badge tone="warn">held</Badge>;
  const since = queue.failSince !== null && (
    <>
      {" since "}
      <Time at={queue.failSince} />
    </>
  );
  switch (queue.state) {
    case "working":
      return <Badge tone="good">working</Badge>;
    case "failing":
      return <Badge tone="warn">failing{since}</Badge>;
    case "paused":
      return <Badge tone="bad">paused{since}</Badge>;
    case "probing":
      return <Badge tone="bad">probing{since}</Badge>;
  }
}
