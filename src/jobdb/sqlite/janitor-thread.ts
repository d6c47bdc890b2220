/** The thread of a Janitor. */
import { parentPort } from "node:worker_threads";
import { assert, type CarriedError, carryError } from "../../core/errors.ts";
import { openJobDbWriter } from "./job-db-connection.ts";
import { toOpenError } from "./job-db-error.ts";
import { type JobDbFile, openJobDbFile, removeJobDbFile } from "./job-db-file.ts";

export type Chore =
  | { readonly kind: "checkpoint"; readonly path: string }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "make"; readonly path: string; readonly file: JobDbFile };

export interface ChoreReply {
  readonly kind: Chore["kind"];
  readonly path: string;
  /** Undefined if all went well. */
  readonly failure: CarriedError | undefined;
}

const port = parentPort;
assert(port !== null, "the janitor runs in a thread of its own");

port.on("message", (chore: Chore | "stop") => {
  if (chore === "stop") port.close();
  else port.postMessage({ kind: chore.kind, path: chore.path, failure: failureOf(chore) });
});

function failureOf(chore: Chore): ChoreReply["failure"] {
  try {
    carryOut(chore);
    return undefined;
  } catch (error) {
    return carryError(toOpenError(error, chore.path));
  }
}

function carryOut(chore: Chore): void {
  switch (chore.kind) {
    case "checkpoint":
      checkpoint(chore.path);
      break;
    case "remove":
      removeJobDbFile(chore.path);
      break;
    case "make":
      openJobDbFile(chore.file).close();
  }
}

/** PASSIVE never waits for a writer or a reader, and never makes one wait. */
function checkpoint(path: string): void {
  const database = openJobDbWriter(path);
  try {
    database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  } finally {
    database.close();
  }
}
