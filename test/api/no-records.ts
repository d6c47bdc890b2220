import type { ApiContext } from "../../src/api/context.ts";

export type Records = Pick<ApiContext, "archives" | "auditLog" | "erasures" | "onErasure">;

/** Of a backend that keeps nothing on record: audit log, erasures and the archive are tested over the real stores. */
export const noRecords: Records = {
  archives: { page: async () => ({ archives: [], isLast: true }) },
  auditLog: {
    auditEntries: async () => [],
    auditHead: async () => ({ sequence: 0, hash: "0".repeat(64) }),
  },
  erasures: { erasure: async () => undefined, erasures: async () => [] },
  onErasure: () => {},
};
