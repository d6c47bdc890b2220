/** The thread of a ThreadedJobDbStore: commits block it, and nobody else. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { assert, carryError, PosthornError } from "../../core/errors.ts";
import { joinBytes } from "../../core/packed-rows.ts";
import type { JobDb, StoredPayload } from "../../director/ports.ts";
import type {
  Call,
  JobDbHead,
  JobDbThreadOptions,
  PackedPayloads,
  Reply,
  Request,
} from "./job-db-protocol.ts";
import { unpackCommit } from "./packed-commit.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";

const jobDbs = new Map<number, JobDb>();
let store: SqliteJobDbStore | undefined;

const port = parentPort;
assert(port !== null, "JobDbs run in a thread of their own");
port.on("message", (request: Request) => void reply(port, request));

/** An error that is not operational ends the thread, and so fails everything that was asked of it. */
async function reply(port: MessagePort, { id, call }: Request): Promise<void> {
  try {
    const answer = await carryOut(call);
    const transfer = call.name === "payloads" ? [(answer as PackedPayloads).bytes.buffer] : []; // its answer
    port.postMessage({ id, answer } satisfies Reply, transfer);
  } catch (error) {
    if (!(error instanceof PosthornError)) throw error;
    port.postMessage({ id, error: carryError(error) } satisfies Reply);
  }
  if (call.name === "close") port.close();
}

async function carryOut(call: Call): Promise<unknown> {
  switch (call.name) {
    case "unsettled":
      return (await openStore().unsettled()).map(headOf);
    case "create":
      return headOf(await openStore().create());
    case "expiring":
      return openStore().expiring(call.untilMs);
    case "open": {
      const jobDb = await openStore().open(call.jobDb);
      return jobDb === undefined ? undefined : headOf(jobDb);
    }
    case "release":
      jobDbs.delete(call.jobDb);
      return openStore().release(call.jobDb);
    case "drop":
      return openStore().drop(call.jobDb);
    case "close":
      return store?.close();
    case "commit":
      return jobDbOf(call).commit(unpackCommit(call.commit));
    case "endpoints":
      return jobDbOf(call).endpoints();
    case "unattempted":
      return jobDbOf(call).unattempted(call.endpoint, call.after, call.rowsMax);
    case "firstRounds":
      return jobDbOf(call).firstRounds(call.endpoint, call.after, call.rowsMax);
    case "due":
      return jobDbOf(call).due(call.endpoint, call.after, call.untilMs, call.rowsMax);
    case "waiting":
      return jobDbOf(call).waiting(call.endpoint, call.messageRows);
    case "payloads":
      return packPayloads(await jobDbOf(call).payloads(call.messageRows));
    case "erasePayload":
      return jobDbOf(call).erasePayload(call.messageRow);
    case "eraseResponse":
      return jobDbOf(call).eraseResponse(call.attemptRow);
    case "eraseExpired":
      return jobDbOf(call).eraseExpired(call.nowMs, call.rowsMax);
    case "purge":
      return jobDbOf(call).purge(call.purge);
    case "seal":
      return jobDbOf(call).seal();
    case "markDrained":
      return jobDbOf(call).markDrained();
  }
}

/** Opened by the first request, as an error then has somebody to be told to. */
function openStore(): SqliteJobDbStore {
  const { folder, owner } = workerData as JobDbThreadOptions; // given by ThreadedJobDbStore
  return (store ??= new SqliteJobDbStore(folder, owner));
}

function headOf(jobDb: JobDb): JobDbHead {
  jobDbs.set(jobDb.number, jobDb);
  const { number, lastMessageRow, lastAttemptRow } = jobDb;
  return { number, lastMessageRow, lastAttemptRow };
}

function jobDbOf({ jobDb }: { readonly jobDb: number }): JobDb {
  const found = jobDbs.get(jobDb);
  assert(found !== undefined, `JobDb ${jobDb} is open`);
  return found;
}

function packPayloads(stored: readonly StoredPayload[]): PackedPayloads {
  return {
    payloads: stored.map(({ address, eventType, payload, trace }) => ({
      address,
      eventType,
      trace,
      length: typeof payload === "string" ? payload : payload.length,
    })),
    bytes: joinBytes(
      stored.flatMap(({ payload }) => (typeof payload === "string" ? [] : [payload])),
    ),
  };
}
