import type { ThreadedControlWriter } from "../control/threaded-control-writer.ts";
import type { Dropper } from "../director/dropper.ts";
import type { Composition } from "./composition.ts";
import type { DiskKeeper } from "./disk-keeper.ts";
import { Restorer, type RestorerOptions } from "./restorer.ts";
import { SystemClock } from "./system-clock.ts";
import { TaskRunner, type TaskRunnerOptions } from "./task-runner.ts";

export interface TaskRunnerParts extends Pick<RestorerOptions, "archive"> {
  readonly disk: DiskKeeper;
  readonly dropper: Dropper;
  readonly control: ThreadedControlWriter;
}

/** Starts what carries out background tasks, with what restores for them what only the archive has. */
export function startTaskRunner(
  { logger, closings }: Composition,
  options: Omit<TaskRunnerOptions, "clock" | "onFailure" | "restorer">,
  { archive, disk, dropper, control }: TaskRunnerParts,
): void {
  const clock = new SystemClock();
  const restorer = new Restorer({
    archive,
    disk,
    noneDropping: () => dropper.noneDropping(),
    clock,
    onChange: () => void runner.wake(),
    onFailure: (err) => logger.warn({ err }, "could not restore for a background task"),
  });
  const runner = new TaskRunner({
    ...options,
    restorer,
    clock,
    onFailure: (err) => logger.warn({ err }, "could not go on with background tasks"),
  });
  closings.push(() => {
    restorer.stop();
    return runner.stop();
  });
  control.onChange((changes) => {
    if (changes.some(({ table }) => table === "background_task")) void runner.wake();
  });
  void runner.wake();
}
