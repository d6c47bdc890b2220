/**
 * The control store's own thread: its writes wait for the disk, which neither the API nor a Director may do. It does one
 * call after the other, and between them it seals what older encryption keys have sealed by the first one. It ends when told to, or by itself when nothing can be written any more.
 */
import { randomBytes } from "node:crypto";
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { assert, carryError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import {
  type ControlCall,
  type ControlReply,
  type ControlRequest,
  type ControlThreadStart,
  type RecordsCall,
} from "./control-call.ts";
import { SqliteControlWriter } from "./sqlite-control-writer.ts";

assert(parentPort !== null, "this module is a worker thread's");
run(parentPort, workerData as ControlThreadStart); // ThreadedControlWriter starts it with nothing else

function run(port: MessagePort, { generation, keyRing, ...files }: ControlThreadStart): void {
  const reply = (message: ControlReply): void => port.postMessage(message);
  let isStarted = false;
  let writer: SqliteControlWriter;
  try {
    const sources = { nowMs: Date.now, randomBytes, keyRing };
    writer = new SqliteControlWriter(files, sources, (changes) => {
      Atomics.add(generation, 0, 1);
      // What the LDB had missed before the start is no news: whoever reads it opens it after.
      if (isStarted) reply({ kind: "changes", changes });
    });
  } catch (error) {
    reply({ kind: "failed", error: carryError(error) });
    return;
  }
  let resealing: NodeJS.Immediate | undefined;
  const end = (): void => {
    clearInterval(poll);
    clearImmediate(resealing);
    port.close();
    writer.close();
  };
  const endIfFailed = (): void => {
    if (writer.failure === undefined) return;
    reply({ kind: "failed", error: carryError(writer.failure) });
    end();
  };
  const poll = setInterval(() => {
    try {
      writer.catchUp();
    } catch {
      endIfFailed(); // else the cause was passing: the next poll tries again
    }
  }, limits.reflectorPollMs);
  const reseal = (): void => {
    try {
      if (writer.reseal()) resealing = setImmediate(reseal);
      else if (!writer.isResealingNeeded) reply({ kind: "resealed" });
    } catch {
      endIfFailed(); // else the cause was passing: the next start goes on
    }
  };
  port.on("message", (request: ControlRequest) => {
    if (request.kind === "stop") end();
    else void answer(writer, request).then(reply).then(endIfFailed);
  });
  isStarted = true;
  reply({ kind: "started", rebuilt: writer.rebuilt });
  if (writer.isResealingNeeded) resealing = setImmediate(reseal);
}

async function answer(
  writer: SqliteControlWriter,
  request: Exclude<ControlRequest, { readonly kind: "stop" }>,
): Promise<ControlReply> {
  const { id } = request;
  try {
    const result = await (request.kind === "asked"
      ? writer.writeAsked(request.call, request.write, request.key)
      : perform(writer, request.call));
    return { kind: "answer", id, result };
  } catch (error) {
    return { kind: "refusal", id, error: carryError(error) };
  }
}

function perform(writer: SqliteControlWriter, call: ControlCall): Promise<unknown> {
  switch (call.method) {
    case "createApplication":
      return writer.createApplication(...call.values);
    case "createEndpoint":
      return writer.createEndpoint(...call.values);
    case "createEventType":
      return writer.createEventType(...call.values);
    case "putApplication":
      return writer.putApplication(...call.values);
    case "changeApplication":
      return writer.changeApplication(...call.values);
    case "deleteApplication":
      return writer.deleteApplication(...call.values);
    case "putEndpoint":
      return writer.putEndpoint(...call.values);
    case "changeEndpoint":
      return writer.changeEndpoint(...call.values);
    case "changeEndpointHeaders":
      return writer.changeEndpointHeaders(...call.values);
    case "deleteEndpoint":
      return writer.deleteEndpoint(...call.values);
    case "rotateSecret":
      return writer.rotateSecret(...call.values);
    case "setHandPause":
      return writer.setHandPause(...call.values);
    case "putEventType":
      return writer.putEventType(...call.values);
    case "changeEventType":
      return writer.changeEventType(...call.values);
    case "deleteEventType":
      return writer.deleteEventType(...call.values);
    case "disableEndpoint":
      return writer.disableEndpoint(...call.values);
    case "rewriteEndpoint":
      return writer.rewriteEndpoint(...call.values);
    case "putOperationalApplication":
      return writer.putOperationalApplication(...call.values);
    case "announcements":
      return writer.announcements(...call.values);
    case "removeAnnouncements":
      return writer.removeAnnouncements(...call.values);
    case "toldAttempts":
      return writer.toldAttempts();
    case "keepEndpointHealth":
      return writer.keepEndpointHealth(...call.values);
    case "keepToldAttempts":
      return writer.keepToldAttempts(...call.values);
    case "startTask":
      return writer.startTask(...call.values);
    case "cancelTask":
      return writer.cancelTask(...call.values);
    case "advanceTask":
      return writer.advanceTask(...call.values);
    case "createApiKey":
      return writer.createApiKey(...call.values);
    case "deleteApiKey":
      return writer.deleteApiKey(...call.values);
    case "revokeToken":
      return writer.revokeToken(...call.values);
    case "keptResult":
      return writer.keptResult(...call.values);
    default:
      return performOnRecords(writer, call);
  }
}

/** What is on record of what was asked for: the audit log, and erasures. */
function performOnRecords(writer: SqliteControlWriter, call: RecordsCall): Promise<unknown> {
  switch (call.method) {
    case "auditEntries":
      return writer.auditEntries(...call.values);
    case "auditHead":
      return writer.auditHead();
    case "erasure":
      return writer.erasure(...call.values);
    case "erasures":
      return writer.erasures(...call.values);
    case "runningErasures":
      return writer.runningErasures();
    case "advanceErasure":
      return writer.advanceErasure(...call.values);
    case "finishErasure":
      return writer.finishErasure(...call.values);
  }
}
