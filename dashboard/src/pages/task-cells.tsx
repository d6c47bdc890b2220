/** What is shown of a background task, in the list of them and where one was begun. */
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import type { BackgroundTaskOut } from "../api/shapes.ts";
import { ActionButton } from "../components/action-button.tsx";
import { Badge } from "../components/badge.tsx";
import { useViewer } from "../components/viewer.ts";

export function TaskState({ task: { status, data } }: { readonly task: BackgroundTaskOut }) {
  switch (status) {
    case "running":
      return <Badge tone="busy">running</Badge>;
    case "finished":
      return <Badge tone="good">finished</Badge>;
    case "failed":
      return <Badge tone="bad">{data.failure === null ? "failed" : reasons[data.failure]}</Badge>;
  }
}

export function TaskProgress({ data: { examined, total } }: Pick<BackgroundTaskOut, "data">) {
  if (total === null) return <span>{examined.toLocaleString("en")} looked at</span>;
  return (
    <span className="progress">
      <progress max={Math.max(total, 1)} value={total === 0 ? 1 : examined} aria-label="Progress" />
      {examined.toLocaleString("en")} of {total.toLocaleString("en")}
    </span>
  );
}

export function AbortTask({ task: { id, status, data } }: { readonly task: BackgroundTaskOut }) {
  const api = useApi();
  const { kind } = useViewer();
  if (status !== "running" || kind !== "operator") return null;
  return (
    <ActionButton
      label="Abort"
      isDangerous
      question={
        data.action === "cancel"
          ? "What it has given up stays given up; nothing more is. It can't be taken up again."
          : "What it has begun to send again is sent; nothing more is. It can't be taken up again."
      }
      act={() => api.post(path`/api/v1/background-task/${id}/cancel`)}
      done="aborted"
    />
  );
}

const reasons: Readonly<Record<NonNullable<BackgroundTaskOut["data"]["failure"]>, string>> = {
  cancelled: "aborted",
  endpoint_deleted: "endpoint deleted",
  archive_unreadable: "archive unreadable",
};
