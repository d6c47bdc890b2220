import type { PlantedFault } from "./planted-fault.ts";

/** Of what finds out which delivery ends the process, and gives it up. */
export const suspicionFaults: readonly PlantedFault[] = [
  {
    name: "suspects-all-at-once",
    file: "src/director/lineup.ts",
    search: "    if (turnAtMs <= this.#options.clock.nowMs()) return false;\n",
    replace: "    if (turnAtMs > 0) return false;\n",
    seenBy: {
      kind: "test",
      path: "src/director/suspects.test.ts",
      title: "suspects go one after the other",
    },
  },
  {
    name: "convicted-in-a-crowd",
    file: "src/core/suspicion.ts",
    search: '  if (!isAlone) return { kind: "suspect", evidence: Math.max(evidence, 1) };\n',
    replace: "  void isAlone;\n",
    seenBy: {
      kind: "test",
      path: "src/core/suspicion.test.ts",
      title: "of several suspects at once none is convicted",
    },
  },
  {
    name: "poison-handled-for-ever",
    file: "src/core/suspicion.ts",
    search: "suspicion.evidence >= limits.convictingEvidence",
    replace: "suspicion.evidence > limits.convictingEvidence",
    seenBy: {
      kind: "test",
      path: "src/core/suspicion.test.ts",
      title: "poison that ends each run when its turn comes is convicted",
    },
  },
];
