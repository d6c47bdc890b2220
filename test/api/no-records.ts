import type { ApiContext } from "../../src/api/context.ts";

export type Records = Pick<ApiContext, "auditLog" | "erasures" | "onErasure">;

/** Of a backend that keeps nothing on record: audit log and erasures are tested over the real store. */
export const noRecords: Records = {
  auditLog: {
    auditEntries: async () => [],
    auditHead: async () => ({ sequence: 0, hash: "0".repeat(64) }),
  },
  erasures: { erasure: async () => undefined, erasures: async () => [] },
  onErasure: () => {},
};
