import { attemptLimits } from "./limits/attempt-limits.ts";
import { controlLimits } from "./limits/control-limits.ts";
import { dashboardLimits } from "./limits/dashboard-limits.ts";
import { diskLimits } from "./limits/disk-limits.ts";
import { inspectorLimits } from "./limits/inspector-limits.ts";
import { intakeLimits } from "./limits/intake-limits.ts";
import { jobDbLimits } from "./limits/job-db-limits.ts";
import { queueLimits } from "./limits/queue-limits.ts";
import { suspectLimits } from "./limits/suspect-limits.ts";

/**
 * Every bound of the program, with its unit in its name and its reason beside it, in the file of its part of the program. A queue, a body, a batch or a
 * wait that has no line here has no bound, and that is a bug.
 */
export const limits = {
  ...intakeLimits,
  ...jobDbLimits,
  ...queueLimits,
  ...suspectLimits,
  ...attemptLimits,
  ...controlLimits,
  ...diskLimits,
  ...dashboardLimits,
  ...inspectorLimits,

  /** From SIGTERM: inbound requests under way end within this, or their connections are closed … */
  requestsDrainMs: 3_000,
  /** … and then attempts under way within this. Together 25 s, as most supervisors kill after 30 s. */
  attemptsDrainMs: 22_000,
  /** Directors in one process. */
  directorsMax: 64,
} as const;
