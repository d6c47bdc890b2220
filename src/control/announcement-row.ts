import type { AnnouncementId } from "../core/ids.ts";
import type { Announcement } from "./facade.ts";

export interface AnnouncementRow {
  readonly key: number;
  readonly id: string;
  readonly organization: string;
  /** JSON of an `EndpointEvent`. */
  readonly body: string;
}

export function toAnnouncement(row: AnnouncementRow): Announcement {
  return {
    key: row.key,
    id: row.id as AnnouncementId, // the column holds nothing else
    organization: row.organization,
    event: JSON.parse(row.body),
  };
}
