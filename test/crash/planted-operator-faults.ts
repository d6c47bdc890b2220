import type { PlantedFault } from "./planted-fault.ts";

/** Of what operators ask for: erasures, and pauses by hand. */
export const operatorFaults: readonly PlantedFault[] = [
  {
    name: "restored-copy-not-purged",
    file: "src/main/purger.ts",
    search: "archived, new Set());",
    replace: "archived, done);",
    seenBy: {
      kind: "test",
      path: "src/main/purger.test.ts",
      title: "so is one that was restored while the server was down",
    },
  },
  {
    name: "hand-pause-forgotten",
    file: "src/director/endpoint-gate.ts",
    search: "    this.#handPauseEndMs = handPauseEndMs(handPause);\n",
    replace: "    this.#handPauseEndMs = handPauseEndMs(undefined);\n",
    seenBy: {
      kind: "test",
      path: "test/simulation/simulation.test.ts",
      title: "nothing is lost, misplaced, early or twice without a crash: seed 1",
    },
  },
];
