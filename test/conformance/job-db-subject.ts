import type { AnswerRow } from "../../src/core/answer.ts";
import type { JobDbStore } from "../../src/director/ports.ts";
import type { Owner } from "../../src/jobdb/owner.ts";

/** A disk, and the processes that use it. */
export interface JobDbSubject {
  /** A store as a new process would open it. Closed by `remove` if not before. */
  readonly open: (owner: Owner) => JobDbStore;
  /** From now on, commits of attempts fail as if the disk did. */
  readonly breakDisk: (jobDb: number) => void;
  readonly repairDisk: (jobDb: number) => void;
  /** What is on the disk, in the order of recording. */
  readonly answersIn: (jobDb: number) => readonly AnswerRow[];
  readonly remove: () => Promise<void>;
}
