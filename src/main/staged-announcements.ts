import type { AnnouncementStage, ControlReader } from "../control/facade.ts";
import { limits } from "../core/limits.ts";
import type { AnnouncementSource } from "./announcer.ts";

export interface StagedAnnouncementsOptions {
  readonly stage: Pick<AnnouncementStage, "announcements" | "removeAnnouncements">;
  readonly reader: Pick<ControlReader, "operationalSinceMs">;
  /** Has its listener called when something may have been staged. */
  readonly onStaged: (listener: () => void) => void;
}

/** What was staged along with changes of endpoints. While no organisation has operational endpoints nothing is read. */
export function stagedAnnouncements({
  stage,
  reader,
  onStaged,
}: StagedAnnouncementsOptions): AnnouncementSource {
  return {
    next: async () => {
      if (reader.operationalSinceMs() === Infinity) return undefined;
      const staged = await stage.announcements(limits.announcedTogetherMax);
      const last = staged.at(-1);
      if (last === undefined) return undefined;
      return { toTell: staged, told: () => stage.removeAnnouncements(last.key) };
    },
    onNews: onStaged,
    close: async () => {},
  };
}
