import {
  type DataFolderLock,
  isNewDataFolder,
  lockDataFolder,
} from "../jobdb/sqlite/data-folder-lock.ts";
import { makeFolder } from "../jobdb/sqlite/job-db-folder.ts";
import { jobDbFolderOf } from "./data-layout.ts";
import { makeRoomToStart } from "./disk-keeper.ts";
import type { Logger } from "./logger.ts";
import type { Settings } from "./setting-definitions.ts";

/**
 * Makes the data folder if it is absent, and room in it to start, and takes it for this process. Says at the first start if the
 * folder's name can't be made durable; later it has long been written, or the folder would be gone.
 * Fails as `makeRoomToStart` and `lockDataFolder` do.
 */
export async function takeDataFolder(
  settings: Pick<Settings, "data">,
  logger: Pick<Logger, "warn">,
): Promise<DataFolderLock> {
  const { data } = settings;
  const isNew = isNewDataFolder(data);
  const onUndurable = (err: unknown): void => {
    if (isNew) logger.warn({ err, data }, "could not make the name of the data folder durable");
  };
  makeFolder(data, { onUndurable });
  await makeRoomToStart(jobDbFolderOf(settings));
  return lockDataFolder(data);
}
