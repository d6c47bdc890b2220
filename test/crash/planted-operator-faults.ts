import type { PlantedFault } from "./planted-fault.ts";

/** Of what operators ask for: erasures, cancellations, and pauses by hand. */
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
    name: "cancelling-cursor-ahead",
    file: "src/main/cancelling-tasks.ts",
    search: "cursor: isSafe ? reached : undefined,",
    replace: "cursor: reached,",
    seenBy: {
      kind: "test",
      path: "src/main/cancelling-tasks.test.ts",
      title: "what was under way when the process died is cancelled by the next run",
    },
  },
  {
    name: "cancelled-before-its-outcome",
    file: "src/director/canceller.ts",
    search: "return { cancelled, ending: last.left };",
    replace: "return { cancelled, ending: 0 };",
    seenBy: {
      kind: "test",
      path: "src/director/canceller.test.ts",
      title: "a crash before the outcome of what was under way lets it wait again",
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
