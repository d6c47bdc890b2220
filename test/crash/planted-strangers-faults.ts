import type { PlantedFault } from "./planted-fault.ts";

/** Against hostile endpoints and clients, and whoever reads or alters the disk. */
export const strangersFaults: readonly PlantedFault[] = [
  {
    name: "unreadable-secret-is-fatal",
    file: "src/control/destination.ts",
    search:
      'if (!(error instanceof PosthornError && error.code === "secret_unreadable")) throw error;',
    replace: "if (onUnreadable !== null) throw error;",
    seenBy: {
      kind: "test",
      path: "src/control/ldb-reader.test.ts",
      title: "an endpoint whose secret was altered is told as unreadable",
    },
  },
  {
    name: "answers-parsed-whole",
    file: "src/transport/endpoint-pools.ts",
    search: "this.#answerTurns.watch(socket);",
    replace: "void this.#answerTurns;",
    seenBy: {
      kind: "test",
      path: "src/transport/sender-hostile.test.ts",
      title: "of an answer of short lines as many are kept",
    },
  },
  {
    name: "unread-answers-kept",
    file: "src/api/unread-answers.ts",
    search: " && this.#isOver(connection, waiting, nowMs)",
    replace: " && this.#isOver(connection, waiting, 0)",
    seenBy: {
      kind: "test",
      path: "src/api/unread-answers.test.ts",
      title: "who reads nothing is cut off",
    },
  },
  {
    name: "headers-in-the-clear",
    file: "src/control/sealed-columns.ts",
    search: '"authorization", "headers", ',
    replace: '"authorization", ',
    seenBy: {
      kind: "test",
      path: "src/control/resealer.test.ts",
      title: "none of what is planted is in a file",
    },
  },
];
