import type { Fault } from "../e2e/delivery-checker.ts";

/** A mistake that the crash test must see. */
export interface PlantedFault {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly search: string;
  readonly replace: string;
  readonly signal: "SIGKILL" | "SIGTERM";
  /** What the crash test must complain of; `unrecorded`: outcomes that a stop in order did not store. */
  readonly seenAs: Fault | "lost" | "unrecorded";
}

export const plantedFaults: readonly PlantedFault[] = [
  {
    name: "ack-before-commit",
    file: "src/director/commit-loop.ts",
    search: "    await Promise.all(\n",
    // The wait lets the 202 really be first: handing the commit to its thread is quicker than answering.
    replace: `    let given = 0;
    for (const { messages: own, resolve } of batch.submissions) {
      resolve(messages.slice(given, given + own.length));
      given += own.length;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
    await Promise.all(\n`,
    signal: "SIGKILL",
    seenAs: "unstored",
  },
  {
    name: "batch-in-several-commits",
    file: "src/director/director.ts",
    search: "const { jobDb, rows } = await this.#commitLoop.submit(messages, answers);",
    replace: `const submitAlone = async (message: IncomingMessage, index: number) => {
      await new Promise((resolve) => setTimeout(resolve, 10 * (index % 20)));
      const own = answers.filter(({ from, count }) => from === index && count === 1);
      return this.#commitLoop.submit([message], own.map((answer) => ({ ...answer, from: 0 })));
    };
    const committed = await Promise.all(messages.map(submitAlone));
    const jobDb = committed[0]?.jobDb ?? 0;
    const rows = committed.flatMap((each) => each.rows);`,
    signal: "SIGKILL",
    seenAs: "torn",
  },
  {
    name: "answers-not-kept",
    file: "src/director/director.ts",
    search: "const { jobDb, rows } = await this.#commitLoop.submit(messages, answers);",
    replace: "void answers; const { jobDb, rows } = await this.#commitLoop.submit(messages);",
    signal: "SIGKILL",
    seenAs: "unexpected",
  },
  {
    name: "restart-forgets-old-work",
    file: "src/director/job-dbs.ts",
    search: "of await this.#options.store.unsettled()",
    replace: "of []",
    signal: "SIGKILL",
    seenAs: "lost",
  },
  {
    name: "outcomes-not-recorded",
    file: "src/director/dispatcher.ts",
    search: "if (!this.#abandoned) this.#conclude(attempt, outcome);",
    replace: "void outcome; this.#free(attempt);",
    signal: "SIGKILL",
    seenAs: "unrecorded",
  },
  {
    name: "stop-without-flush",
    file: "src/director/director.ts",
    search: "    await this.#commitLoop.flush();\n",
    replace: "",
    signal: "SIGTERM",
    seenAs: "unrecorded",
  },
  {
    name: "any-answer-delivers",
    file: "src/core/delivery.ts",
    search: "outcome.statusCode >= 200 && outcome.statusCode < 300",
    replace: "outcome.statusCode >= 200",
    signal: "SIGKILL",
    seenAs: "lost",
  },
  {
    name: "sent-twice",
    file: "src/director/dispatcher.ts",
    search: "    this.#inFlightBytes += bytes;\n",
    replace: `    this.#inFlightBytes += bytes;
    if (stored.address.row % 10 === 0) {
      const { destination } = attempt;
      const messageId = messageIdOf(stored.address);
      await transport.send({ destination, messageId, atMs: clock.nowMs(), payload: stored.payload });
    }\n`,
    signal: "SIGKILL",
    seenAs: "excess",
  },
  {
    name: "event-types-ignored",
    file: "src/core/match.ts",
    search:
      "if (filter.eventTypes !== undefined && !filter.eventTypes.has(eventType)) return false;",
    replace: "void eventType;",
    signal: "SIGKILL",
    seenAs: "misplaced",
  },
  {
    name: "payload-written-again",
    file: "src/director/dispatcher.ts",
    search: "      payload,\n",
    replace: `      payload: new TextEncoder().encode(
        JSON.stringify(JSON.parse(new TextDecoder().decode(payload))),
      ),\n`,
    signal: "SIGKILL",
    seenAs: "altered",
  },
  {
    name: "retry-too-soon",
    file: "src/core/retry-schedule.ts",
    search: "delaySeconds * 1000 *",
    replace: "delaySeconds * 100 *",
    signal: "SIGKILL",
    seenAs: "early",
  },
];
