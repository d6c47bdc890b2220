import { useQuery } from "@tanstack/react-query";
import { useApi } from "../api/api-context.ts";
import { backgroundTask } from "../api/resources.ts";
import { ProblemNotice } from "../components/notice.tsx";
import { AbortTask, TaskProgress, TaskState } from "./task-cells.tsx";

/** How far a background task is that was begun on this page. */
export function TaskWatch({ id }: { readonly id: string }) {
  const { data: task, error } = useQuery(backgroundTask(useApi(), id));
  if (error !== null) return <ProblemNotice error={error} />;
  if (task === undefined) return null;
  const { action, messagesSent, messagesCancelled } = task.data;
  return (
    <p className="task" role="status">
      <TaskState task={task} />
      <TaskProgress data={task.data} />
      <span>
        {action === "cancel"
          ? `${messagesCancelled.toLocaleString("en")} given up`
          : `${messagesSent.toLocaleString("en")} sent again`}
      </span>
      <AbortTask task={task} />
    </p>
  );
}
