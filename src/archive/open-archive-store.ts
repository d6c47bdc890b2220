import type { ArchiveLocation } from "./archive-location.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { FolderArchiveStore } from "./folder-archive-store.ts";

export interface ArchivePlace {
  readonly location: Exclude<ArchiveLocation, { readonly kind: "off" }>;
  /** Of a service that is not Amazon's; undefined: of the region that the environment says. */
  readonly s3Endpoint: string | undefined;
}

/** Opens the store of an archive. Nothing is asked of it yet. The S3 client is loaded only for an archive in S3. */
export async function openArchiveStore(place: ArchivePlace): Promise<ArchiveStore> {
  const { location, s3Endpoint } = place;
  switch (location.kind) {
    case "folder":
      return new FolderArchiveStore(location.path);
    case "s3": {
      const { S3ArchiveStore } = await import("./s3-archive-store.ts");
      return new S3ArchiveStore({ ...location, endpoint: s3Endpoint });
    }
  }
}
