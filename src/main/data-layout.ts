/** Where everything is in the data folder. */
import { join } from "node:path";
import type { ArchivePlace } from "../archive/open-archive-store.ts";
import type { Settings } from "./setting-definitions.ts";

type DataSettings = Pick<Settings, "data">;

export function controlPathOf({ data }: DataSettings): string {
  return join(data, "control.db");
}

export function ldbPathOf({ data }: DataSettings): string {
  return join(data, "ldb.db");
}

export function jobDbFolderOf({ data }: DataSettings): string {
  return join(data, "jobdb");
}

/** Undefined: nothing is archived. */
export function archivePlaceOf({
  data,
  archive,
  archiveS3Endpoint: s3Endpoint,
}: Pick<Settings, "data" | "archive" | "archiveS3Endpoint">): ArchivePlace | undefined {
  const location = archive ?? { kind: "folder", path: join(data, "archive") };
  return location.kind === "off" ? undefined : { location, s3Endpoint };
}
