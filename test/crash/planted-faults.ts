import type { PlantedFault } from "./planted-fault.ts";
import { operatorFaults } from "./planted-operator-faults.ts";
import { strangersFaults } from "./planted-strangers-faults.ts";
import { suspicionFaults } from "./planted-suspicion-faults.ts";

export const plantedFaults: readonly PlantedFault[] = [
  {
    name: "ack-before-commit",
    file: "src/director/commit-loop.ts",
    search: "    await Promise.all(\n",
    // The wait lets the 202 really be first: handing the commit to its thread is quicker than answering.
    replace: `    let given = 0;
    for (const { messages: own, resolve } of batch.submissions) {
      resolve({ jobDb: openNumber, rows: messages.slice(given, given + own.length) });
      given += own.length;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
    await Promise.all(\n`,
    seenBy: { kind: "crash", signal: "SIGKILL", seenAs: "unstored" },
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
    seenBy: { kind: "crash", signal: "SIGKILL", seenAs: "torn" },
  },
  {
    name: "answers-not-kept",
    file: "src/director/director.ts",
    search: "const { jobDb, rows } = await this.#commitLoop.submit(messages, answers);",
    replace: "void answers; const { jobDb, rows } = await this.#commitLoop.submit(messages);",
    seenBy: { kind: "crash", signal: "SIGKILL", seenAs: "unexpected" },
  },
  {
    name: "restart-forgets-old-work",
    file: "src/director/job-dbs.ts",
    search: "of await this.#options.store.unsettled()",
    replace: "of []",
    seenBy: { kind: "crash", signal: "SIGKILL", seenAs: "lost" },
  },
  {
    name: "outcomes-not-recorded",
    file: "src/director/dispatcher.ts",
    search: "if (!this.#abandoned) this.#conclude(attempt, outcome, stored);",
    replace: "void outcome; this.#free(attempt);",
    seenBy: { kind: "crash", signal: "SIGKILL", seenAs: "unrecorded" },
  },
  {
    name: "stop-without-flush",
    file: "src/director/director.ts",
    search: "    await this.#commitLoop.flush();\n",
    replace: "",
    seenBy: { kind: "crash", signal: "SIGTERM", seenAs: "unrecorded" },
  },
  {
    name: "any-answer-delivers",
    file: "src/core/delivery.ts",
    search: "outcome.statusCode >= 200 && outcome.statusCode < 300",
    replace: "outcome.statusCode >= 200",
    seenBy: { kind: "crash", signal: "SIGKILL", seenAs: "lost" },
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
    seenBy: { kind: "crash", signal: "SIGKILL", seenAs: "excess" },
  },
  {
    name: "event-types-ignored",
    file: "src/core/match.ts",
    search:
      "if (filter.eventTypes !== undefined && !filter.eventTypes.has(eventType)) return false;",
    replace: "void eventType;",
    seenBy: { kind: "crash", signal: "SIGKILL", seenAs: "misplaced" },
  },
  {
    name: "payload-written-again",
    file: "src/director/dispatcher.ts",
    search: "atMs, payload, traceparent };",
    replace: `atMs, traceparent, payload: new TextEncoder().encode(
        JSON.stringify(JSON.parse(new TextDecoder().decode(payload))),
      ) };`,
    seenBy: { kind: "crash", signal: "SIGKILL", seenAs: "altered" },
  },
  {
    name: "retry-too-soon",
    file: "src/core/retry-schedule.ts",
    search: "delaySeconds * 1000 *",
    replace: "delaySeconds * 100 *",
    seenBy: { kind: "crash", signal: "SIGKILL", seenAs: "early" },
  },
  {
    name: "synchronous-normal",
    file: "src/jobdb/sqlite/job-db-connection.ts",
    search: 'synchronous: "FULL"',
    replace: 'synchronous: "NORMAL"',
    seenBy: { kind: "power-cut", seenAs: "lost" },
  },
  {
    name: "synchronous-off",
    file: "src/sqlite/open-connection.ts",
    search: "FULL: 2",
    replace: "FULL: 0",
    seenBy: { kind: "power-cut", seenAs: "lost" },
  },
  {
    name: "control-store-synchronous-normal",
    file: "src/control/control-store.ts",
    search: 'openControlWriter(path, "FULL")',
    replace: 'openControlWriter(path, "NORMAL")',
    seenBy: { kind: "power-cut", seenAs: "control-lost" },
  },
  {
    name: "dropped-without-its-archive",
    file: "src/director/dropper.ts",
    search: "    if (archive !== undefined) {\n",
    replace: "    if (archive !== undefined && jobDb.number < 0) {\n",
    seenBy: { kind: "power-cut", dropping: true, seenAs: "lost" },
  },
  {
    name: "archive-names-not-synced",
    file: "src/archive/folder-archive-store.ts",
    search: "      syncFolder(dirname(path));\n",
    replace: "",
    seenBy: { kind: "power-cut", dropping: true, seenAs: "lost" },
  },
  {
    name: "archive-bytes-not-synced",
    file: "src/archive/folder-archive-store.ts",
    search: "    await file.sync();\n",
    replace: "",
    seenBy: { kind: "power-cut", dropping: true, seenAs: "damaged" },
  },
  {
    name: "failed-commit-tried-again",
    file: "src/jobdb/sqlite/sqlite-job-db.ts",
    search: "      throw this.#fail(error);\n    }\n  }\n\n  #fail",
    replace: "      void error;\n      return action();\n    }\n  }\n\n  #fail",
    seenBy: {
      kind: "test",
      path: "src/jobdb/sqlite/sqlite-job-db-store.test.ts",
      title: "a disk that takes no more",
    },
  },
  {
    name: "epoch-not-compared",
    file: "src/jobdb/sqlite/sqlite-job-db.ts",
    search: "if (epoch === this.#file.epoch) return;",
    replace: "if (epoch > 0) return;",
    seenBy: {
      kind: "test",
      path: "test/e2e/failure.test.ts",
      title: "as a process: it ends in order",
    },
  },
  {
    name: "no-total-deadline",
    file: "src/transport/attempt.ts",
    search: 'this.fail("timeout"), timeoutMs);',
    replace: 'this.fail("timeout"), 1e6 + timeoutMs);',
    seenBy: {
      kind: "test",
      path: "src/transport/sender-hostile.test.ts",
      title: "the deadline ends an attempt whose answer never comes",
    },
  },
  {
    name: "endless-answer-read",
    file: "src/transport/attempt.ts",
    search: "if (this.#bytesRead <= limits.answerBytesRead) return;",
    replace: "if (this.#bytesRead >= 0) return;",
    seenBy: {
      kind: "test",
      path: "src/transport/sender-hostile.test.ts",
      title: "of an answer 64 KiB are read",
    },
  },
  {
    name: "redirects-followed",
    file: "src/transport/attempt.ts",
    search: '    const retryAfter = headers["retry-after"];\n',
    replace: `    const retryAfter = headers["retry-after"];
    const { location } = headers;
    if (typeof location === "string") {
      this.onResponseEnd = () =>
        void fetch(location, { method: "POST" }).then(({ status }) => {
          this.#statusCode = status;
          this.#settleAnswered();
        });
    }\n`,
    seenBy: {
      kind: "test",
      path: "src/transport/sender-hostile.test.ts",
      title: "a redirect is an answer and is not followed",
    },
  },
  {
    // What a lookup hook does: a literal is never looked up, and what was dialled is not looked at.
    name: "only-names-are-guarded",
    file: "src/transport/connector.ts",
    search: "    for (const address of addresses) {\n      const check",
    replace: `    if (addresses.length === 1) return;
    for (const address of addresses) {\n      const check`,
    seenBy: {
      kind: "test",
      path: "src/transport/sender.test.ts",
      title: "a blocked address is told like a failed connection",
    },
  },
  {
    name: "proxy-resolves",
    file: "src/transport/connector.ts",
    search: "const end = { address, port: portOf(target) };",
    replace: "const end = { address: target.hostname || address, port: portOf(target) };",
    seenBy: {
      kind: "test",
      path: "src/transport/egress-proxy.test.ts",
      title: "through a proxy by http: a request goes to the address that was checked",
    },
  },
  {
    name: "allowed-beats-denied",
    file: "src/transport/address-guard/address-guard.ts",
    search: "    if (rules.deniedSubnets.some",
    replace: `    if (rules.allowedSubnets.some((subnet) => covers(subnet, address))) return ok;
    if (rules.deniedSubnets.some`,
    seenBy: {
      kind: "test",
      path: "src/transport/address-guard/address-guard.test.ts",
      title: "what is denied is refused whatever is allowed",
    },
  },
  {
    name: "window-without-bound",
    file: "src/director/virtual-queue.ts",
    search: "      this.#window.firsts < limits.windowDeliveries &&\n",
    replace: "",
    seenBy: {
      kind: "test",
      path: "src/director/virtual-queue.test.ts",
      title: "what does not fit the window stays on disk",
    },
  },
  {
    name: "credential-compared-with-equals",
    file: "src/control/ldb-reader.ts",
    search: "!timingSafeEqual(Buffer.from(row.hash), Buffer.from(hash))",
    replace: "row.hash !== hash",
    seenBy: {
      kind: "test",
      path: "test/source-rules/constant-time.test.ts",
      title: "nothing secret is compared",
    },
  },
  {
    name: "tenant-forgotten",
    file: "src/control/ldb-statements.ts",
    search:
      '"SELECT * FROM application WHERE organization = ? AND uid = ? AND deleted_at_ms IS NULL"',
    replace: `"SELECT * FROM application WHERE ? <> '' AND uid = ? AND deleted_at_ms IS NULL"`,
    seenBy: {
      kind: "test",
      path: "test/conformance/control-store.test.ts",
      title: "shows another organisation nothing",
    },
  },
  {
    name: "410-ignored",
    file: "src/core/delivery.ts",
    search: "outcome.statusCode === 410",
    replace: "outcome.statusCode === 4100",
    seenBy: {
      kind: "test",
      path: "src/core/delivery.test.ts",
      title: "410 ends the delivery as gone",
    },
  },
  {
    name: "damage-looked-for-first",
    file: "src/jobdb/sqlite/take-up-job-dbs.ts",
    search: "  takeBackUnfinished(folder);\n",
    replace: "",
    seenBy: {
      kind: "test",
      path: "src/jobdb/sqlite/take-up-job-dbs.test.ts",
      title: "a JobDb that a crash left in the middle of being made is taken back",
    },
  },
  {
    name: "change-without-audit-entry",
    file: "src/control/asked-write.ts",
    search: "if (store.hasChanged) {",
    replace: "if (!store.hasChanged) {",
    seenBy: {
      kind: "test",
      path: "test/conformance/control-store.test.ts",
      title: "leaves an entry with each change that somebody asked for",
    },
  },
  {
    name: "audit-hashes-not-compared",
    file: "src/control/verify-audit-log.ts",
    search: "Buffer.compare(hash, row.hash) !== 0",
    replace: "row.hash.length !== 32",
    seenBy: {
      kind: "test",
      path: "src/control/verify-audit-log.test.ts",
      title: "the first entry is named that shows it when somebody changes an entry's text",
    },
  },
  {
    name: "erased-stays-in-wal",
    file: "src/jobdb/sqlite/sqlite-job-db.ts",
    search: '      readPragma(this.#database, "wal_checkpoint(TRUNCATE)");\n',
    replace: "",
    seenBy: {
      kind: "test",
      path: "test/e2e/erasure.test.ts",
      title: "nothing that an application said is left in any byte",
    },
  },
  {
    name: "purged-blocks-kept",
    file: "src/archive/purge-archive.ts",
    search: "  await deleteUnused(purged, store);\n",
    replace: "",
    seenBy: {
      kind: "test",
      path: "src/archive/purge-archives.test.ts",
      title: "nothing of an application is left in any object",
    },
  },
  {
    name: "message-of-anybody",
    file: "src/jobdb/sqlite/sqlite-history.ts",
    search: "return found?.application === application ? found : undefined;",
    replace: "return found;",
    seenBy: {
      kind: "test",
      path: "test/e2e/isolation.test.ts",
      title: "what does not belong together is not found by anybody",
    },
  },
  {
    name: "flood-at-once",
    file: "src/director/turnstile.ts",
    search: "this.#bulk.admits(queue.endpoint, queue.application, nowMs)",
    replace: "(this.#bulk.admits(queue.endpoint, queue.application, nowMs) || true)",
    seenBy: {
      kind: "test",
      path: "src/director/turnstile.test.ts",
      title: "beside others a flood is sent its share, and they are sent at once",
    },
  },
  {
    name: "stream-of-everybody",
    file: "src/api/activity.ts",
    search: "customer?.organization === organization ? customer.id : undefined",
    replace: "customer?.id",
    seenBy: {
      kind: "test",
      path: "src/api/activity.test.ts",
      title: "an organisation is told of each message and attempt of its own",
    },
  },
  {
    name: "stream-without-its-key",
    file: "src/api/activity-stream.ts",
    search: "if (!(await isStillAllowed())) return;",
    replace: "void isStillAllowed;",
    seenBy: {
      kind: "test",
      path: "src/api/activity-stream.test.ts",
      title: "it is looked whether the reader may still read",
    },
  },
  ...operatorFaults,
  ...strangersFaults,
  ...suspicionFaults,
];
