/** A Director in its own thread: puts it together from its ports and lets it talk with the API's thread. */
import { createSecureContext } from "node:tls";
import { parentPort, workerData } from "node:worker_threads";
import { LdbReader } from "../control/ldb-reader.ts";
import { assert, carryError } from "../core/errors.ts";
import { Director } from "../director/director.ts";
import type { AttemptSpan, EndedAttempt } from "../director/ports.ts";
import { ThreadedJobDbStore } from "../jobdb/sqlite/threaded-job-db-store.ts";
import { createAddressGuard } from "../transport/address-guard/address-guard.ts";
import { createOwnAddresses } from "../transport/address-guard/own-addresses.ts";
import { createResolveName } from "../transport/resolve-name.ts";
import { Sender } from "../transport/sender.ts";
import {
  type AcceptedBatch,
  type AcceptRequest,
  type DirectorThreadOptions,
  type FromDirector,
  type Order,
  type OrderAnswer,
  packAddresses,
  type ToDirector,
  unpackMessages,
} from "./director-messages.ts";
import { FileFlightRecorder } from "./flight-recorder.ts";
import { ThreadedInspectorLine } from "./inspector-line.ts";
import { commitHistogram, sampleDirector } from "./sample-director.ts";
import { SystemClock } from "./system-clock.ts";
import { SystemRandom } from "./system-random.ts";

assert(parentPort !== null, "this module runs in a thread");
const port = parentPort;
const options = workerData as DirectorThreadOptions; // as directors.ts gives it

function tell(message: FromDirector): void {
  port.postMessage(message);
}

const notable = new Set<number>();

/** The attempts of one commit become known in one turn, and are told in one message. */
function tellNotable(jobDb: number): void {
  if (notable.size === 0) {
    queueMicrotask(() => {
      tell({ kind: "notable", jobDbs: [...notable] });
      notable.clear();
    });
  }
  notable.add(jobDb);
}

/** What comes in one turn is told in one message. */
function inOneMessage<Item>(send: (items: readonly Item[]) => void): (item: Item) => void {
  let items: Item[] = [];
  return (item) => {
    items.push(item);
    if (items.length > 1) return;
    setImmediate(() => {
      send(items);
      items = [];
    });
  };
}

const tellTraced = inOneMessage<AttemptSpan>((spans) => tell({ kind: "spans", spans }));
const tellAttempted = inOneMessage<EndedAttempt>((attempts) =>
  tell({ kind: "attempts", attempts }),
);

const inspector = new ThreadedInspectorLine((id, request) =>
  tell({ kind: "inspect", id, request }),
);
const commits = commitHistogram();
const owner = { index: options.index, count: options.directors, epoch: options.epoch };
const clock = new SystemClock();
const recorder = new FileFlightRecorder({
  path: options.flightRecordPath,
  memory: options.flightMemory,
  suspects: options.suspects,
  isAfterDeath: options.isAfterDeath,
  clock,
  onFailure: (error) => tell({ kind: "unrecorded", error: carryError(error) }),
});
const director = await Director.start({
  clock,
  recorder,
  random: new SystemRandom(),
  store: new ThreadedJobDbStore({ folder: options.jobDbFolder, owner }, (tookMs) =>
    commits.took(tookMs),
  ),
  transport: new Sender({
    inspector,
    guard: createAddressGuard({
      rules: options.destinationRules,
      ownAddresses: createOwnAddresses(),
    }),
    resolveName: createResolveName(),
    secureContext: createSecureContext(),
    egressProxy: options.egressProxy,
    attemptTimeoutMs: options.attemptTimeoutMs,
    version: options.version,
    svixHeaders: options.svixHeaders,
    traceEndpoints: options.traceEndpoints,
  }),
  destinations: new LdbReader(options.ldbPath, {
    nowMs: Date.now,
    generation: options.ldbGeneration,
    keyRing: options.keyRing,
    onUnreadable: ({ endpoint, id }, { message: why }) =>
      tell({ kind: "unreadable", endpoint, id, why }),
  }),
  schedule: options.schedule,
  sealing: options.sealing,
  bulkShare: options.bulkShare,
  onGone: (endpoint) => tell({ kind: "gone", endpoint }),
  onFailedForLong: (endpoint, sinceMs) => tell({ kind: "failed-for-long", endpoint, sinceMs }),
  onHealth: (endpoint, pause) => tell({ kind: "health", endpoint, pause }),
  onNotable: tellNotable,
  onTraced: tellTraced,
  onDamaged: (message) => tell({ kind: "damaged", message }),
  onQuarantined: (quarantined) => tell({ kind: "quarantined", quarantined }),
  onFailure: (error) => tell({ kind: "failed", error: carryError(error) }),
}).catch((error: unknown) => {
  tell({ kind: "failed", error: carryError(error) });
  process.exit(); // of this thread: there is nothing that it could do without its Director
});

if (options.tellsAttempts) director.watchAttempts(tellAttempted);

port.on("message", (message: ToDirector) => {
  switch (message.kind) {
    case "accept":
      void accept(message);
      break;
    case "ask":
      void answer(message);
      break;
    case "endpoint-changed":
      director.endpointChanged(message.endpoint);
      break;
    case "tell-attempts":
      director.watchAttempts(message.isAsked ? tellAttempted : undefined);
      break;
    case "inspected":
      inspector.answered(message.id, message.answer);
      break;
    case "stop":
      void stop(message.withinMs);
      break;
  }
});
const sampling = sampleDirector({ director, commits, tell });
tell({ kind: "started" });

let accepted: AcceptedBatch[] = [];

async function accept({ batch, ...packed }: AcceptRequest): Promise<void> {
  try {
    const { messages, answers } = unpackMessages(packed);
    tellAccepted(packAddresses(batch, await director.accept(messages, answers)));
  } catch (error) {
    tell({ kind: "refused", batch, error: carryError(error) });
  }
}

async function answer({ id, order }: ToDirector & { kind: "ask" }): Promise<void> {
  try {
    tell({ kind: "done", id, answer: await carryOut(order) });
  } catch (error) {
    tell({ kind: "not-done", id, error: carryError(error) });
  }
}

async function carryOut(order: Order): Promise<OrderAnswer> {
  switch (order.kind) {
    case "drop":
      return director.drop(order.jobDb);
    case "resend":
      await director.resend(order.resends);
      return undefined;
    case "erase-payload":
      await director.eraser.erasePayload(order.message);
      return undefined;
    case "erase-response":
      await director.eraser.eraseResponse(order.attempt);
      return undefined;
    case "purge":
      return director.eraser.purge(order.jobDb, order.purge);
    case "cancel":
      return director.cancel(order.endpoint);
    case "cancel-messages":
      return director.cancelMessages(order.endpoint, order.messages);
    case "probe":
      return director.probe(order.endpoint);
    case "queue":
      return director.queue(order.endpoint, order.siblings);
  }
}

/** The batches of one commit become known in one turn, and are told in one message. */
function tellAccepted(batch: AcceptedBatch): void {
  accepted.push(batch);
  if (accepted.length > 1) return;
  queueMicrotask(() => {
    tell({ kind: "accepted", batches: accepted });
    accepted = [];
  });
}

async function stop(withinMs: number): Promise<void> {
  try {
    await director.stop(withinMs);
    sampling.stop();
  } catch (error) {
    tell({ kind: "failed", error: carryError(error) });
  }
  tell({ kind: "stopped" });
  port.close();
}
