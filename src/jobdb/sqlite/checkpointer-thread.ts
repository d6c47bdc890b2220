/** The thread of a Checkpointer. */
import { parentPort } from "node:worker_threads";
import { assert, type CarriedError, carryError } from "../../core/errors.ts";
import { openJobDbWriter } from "./job-db-connection.ts";
import { toOpenError } from "./job-db-error.ts";

export type CheckpointRequest = { readonly path: string } | "stop";

export interface CheckpointReply {
  readonly path: string;
  /** Undefined if all went well. */
  readonly failure: CarriedError | undefined;
}

const port = parentPort;
assert(port !== null, "the checkpointer runs in a thread of its own");

port.on("message", (request: CheckpointRequest) => {
  if (request === "stop") port.close();
  else port.postMessage({ path: request.path, failure: checkpoint(request.path) });
});

/** PASSIVE never waits for a writer or a reader, and never makes one wait. */
function checkpoint(path: string): CarriedError | undefined {
  try {
    const database = openJobDbWriter(path);
    try {
      database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } finally {
      database.close();
    }
    return undefined;
  } catch (error) {
    return carryError(toOpenError(error, path));
  }
}
