/** What running background tasks still read, so that it is not dropped under them. */
import type { BackgroundTask, ControlReader } from "../control/facade.ts";
import { parseMessageId } from "../core/ids.ts";

/**
 * No running task reads a message made before this, Unix milliseconds; infinite if no task runs. A JobDb whose newest message is
 * older is needed by none of them. Tasks begin with what is there when they begin: whoever drops asks this first.
 */
export function pinnedSinceMs(reader: Pick<ControlReader, "runningTasks">): number {
  return Math.min(...reader.runningTasks().map(nextAtMs));
}

/** Messages are looked at in the order of their time, and the one at the cursor has been. */
function nextAtMs({ cursor, sinceMs }: BackgroundTask): number {
  const last = cursor === undefined ? undefined : parseMessageId(cursor);
  return last?.atMs ?? sinceMs;
}
