/**
 * The archiver's thread: one JobDb after the other, as slowly as other work wants it. On Linux a thread has a priority of its own;
 * elsewhere it is the whole process's, which is left as it is.
 */
import { setPriority } from "node:os";
import process from "node:process";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Manifest } from "../archive/manifest.ts";
import { missingJobDbs, restoreMissing } from "../archive/missing-job-dbs.ts";
import { archivesPage } from "../archive/archives-page.ts";
import { openArchiveStore } from "../archive/open-archive-store.ts";
import { purgeArchives } from "../archive/purge-archives.ts";
import { storeJobDb, type StoreOptions } from "../archive/store-job-db.ts";
import { UndeliveredArchiver } from "../archive/undelivered-archiver.ts";
import { LdbNames } from "../control/ldb-names.ts";
import { assert, carryError, PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { createArchiveAgents } from "./archive-agents.ts";
import type {
  ArchiverAnswer,
  ArchiverCall,
  ArchiverThreadOptions,
  FromArchiver,
  StoredArchive,
  ToArchiver,
} from "./archiver-protocol.ts";

assert(parentPort !== null, "the archiver runs in a thread of its own");
const port: MessagePort = parentPort;
const { place, outbound, jobDbFolder, ldbPath } = workerData as ArchiverThreadOptions; // given by ThreadedArchive
if (process.platform === "linux") setPriority(limits.backgroundNice);

let stopping = false;
const names = new LdbNames(ldbPath);
const options: StoreOptions = {
  store: await openArchiveStore(place, (endpoint) => createArchiveAgents(outbound, endpoint)),
  folder: jobDbFolder,
  names,
  blockBytes: limits.archiveBlockBytes,
  betweenBlocks: async () => {
    await letMessagesIn();
    if (stopping) throw new PosthornError("shutting_down", "the archiver is stopping");
  },
};
const undelivered = new UndeliveredArchiver(options);

/** What was asked for before. Who looks into the archive does not wait until a JobDb is archived or restored. */
let underWay = Promise.resolve();
let looks = Promise.resolve();

port.on("message", (message: ToArchiver) => {
  if (message === "stop") {
    stopping = true;
    void Promise.all([underWay, looks]).then(close);
  } else if (message.call.name === "page") {
    looks = looks.then(() => carryOut(message.id, message.call));
  } else {
    underWay = underWay.then(() => carryOut(message.id, message.call));
  }
});

async function carryOut(id: number, call: ArchiverCall): Promise<void> {
  try {
    tell({ kind: "done", id, answer: { ...nothing, ...(await answerTo(call)) } });
  } catch (error) {
    tell({ kind: "failed", id, error: carryError(error) });
  }
}

const nothing: ArchiverAnswer = {
  missing: [],
  page: { archives: [], isLast: true },
  purged: { purged: [], damaged: [] },
};

async function answerTo(call: ArchiverCall): Promise<Partial<ArchiverAnswer>> {
  switch (call.name) {
    case "store":
      tellStored(await storeJobDb(call.jobDb, "history", options));
      return {};
    case "store-undelivered":
      await undelivered.storeAll(performance.now(), tellStored);
      return {};
    case "purge": {
      const { store, betweenBlocks } = options;
      const purge = { store, betweenBlocks, nowMs: Date.now() };
      return { purged: await purgeArchives(call.scope, call.jobDb, purge) };
    }
    case "find-missing":
      return { missing: await missingJobDbs(options.store, call.filter, jobDbFolder) };
    case "page":
      if (stopping) throw new PosthornError("shutting_down", "the archiver is stopping");
      return { page: await archivesPage(options.store, call.query) };
    case "restore":
      await restoreMissing(call.jobDb, options);
      return {};
  }
}

function tellStored({ jobDb, kind, rows, undelivered: failed, blocks }: Manifest): void {
  const bytes = blocks.reduce((sum, block) => sum + block.bytes, 0);
  const stored: StoredArchive = { jobDb, kind, messages: rows.message, undelivered: failed, bytes };
  tell({ kind: "stored", stored });
}

function tell(message: FromArchiver): void {
  port.postMessage(message);
}

function letMessagesIn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}

function close(): void {
  options.store.close();
  names.close();
  port.close();
}
