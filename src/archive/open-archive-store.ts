import type { ArchiveLocation } from "./archive-location.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { FolderArchiveStore } from "./folder-archive-store.ts";
import type { S3Agents } from "./s3-archive-store.ts";

export interface ArchivePlace {
  readonly location: Exclude<ArchiveLocation, { readonly kind: "off" }>;
  /** Of a service that is not Amazon's; undefined: of the region that the environment says. */
  readonly s3Endpoint: string | undefined;
}

/**
 * Opens the store of an archive. Nothing is asked of it yet. The S3 client is loaded only for an archive in S3.
 *
 * @param agentsFor makes what connects to S3, given its endpoint
 */
export async function openArchiveStore(
  place: ArchivePlace,
  agentsFor: (s3Endpoint: string | undefined) => S3Agents,
): Promise<ArchiveStore> {
  const { location, s3Endpoint } = place;
  switch (location.kind) {
    case "folder":
      return new FolderArchiveStore(location.path);
    case "s3": {
      const { S3ArchiveStore } = await import("./s3-archive-store.ts");
      return new S3ArchiveStore({
        ...location,
        endpoint: s3Endpoint,
        agents: agentsFor(s3Endpoint),
      });
    }
  }
}
