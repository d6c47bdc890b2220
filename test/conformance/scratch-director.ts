/** A Director over JobDbs in memory, for tests that say themselves how each attempt ends. */
import type { Outcome } from "../../src/core/delivery.ts";
import { initialPause } from "../../src/core/endpoint-pause.ts";
import { applicationKeyOf, endpointIdOf, endpointKeyOf } from "../../src/core/ids.ts";
import type { IncomingMessage } from "../../src/core/message.ts";
import { Director } from "../../src/director/director.ts";
import type { DirectorOptions } from "../../src/director/director-options.ts";
import type {
  AttemptSpan,
  Clock,
  Destination,
  QuarantinedDelivery,
} from "../../src/director/ports.ts";
import type { MemoryDisk } from "../../src/jobdb/memory/memory-disk.ts";
import { MemoryJobDbStore } from "../../src/jobdb/memory/memory-job-db-store.ts";
import { MemoryFlightRecord } from "../simulation/memory-flight-record.ts";

export const endpoint = endpointKeyOf(1);
export const destination: Destination = {
  endpoint,
  id: endpointIdOf(1_700_000_000_000, new Uint8Array(14)),
  application: applicationKeyOf(1),
  url: "https://endpoint.example/",
  disabled: false,
  throttleRate: undefined,
  ordered: false,
  handPause: undefined,
  readable: true,
  headers: [],
  tls: undefined,
  secrets: [],
};
/** To that endpoint. */
export const message: IncomingMessage = {
  application: applicationKeyOf(1),
  eventType: "test",
  eventId: undefined,
  channels: undefined,
  tags: undefined,
  payload: new Uint8Array([123, 125]),
  retentionDays: 90,
  recipients: [{ endpoint, skipped: false }],
};

/** It is always the same time, and whatever is waited for comes at once. */
export const impatient: Clock = {
  nowMs: () => 1_700_000_000_000,
  after: (_, callback) => {
    const timer = setImmediate(callback);
    return { stop: () => clearImmediate(timer) };
  },
  steadyMs: () => 0,
  soon: (callback) => void setImmediate(callback),
};

/** JobDbs that are never full. */
export const endless = { rowsMax: Infinity, bytesMax: Infinity, ageMsMax: Infinity };

/**
 * A Director whose attempts end when the test says so, and whose endpoint can be deleted or have strict order.
 *
 * @param found earlier JobDbs are found when this is resolved, and the endpoint has strict order
 * @param rest seconds between attempts, when a JobDb is full, what knows what is being handled, and what says when time is over
 */
export async function startDirector(
  disk: MemoryDisk,
  epoch: number,
  found?: Promise<void>,
  {
    schedule = [],
    sealing = endless,
    recorder = new MemoryFlightRecord().forRun(),
    clock = impatient,
  }: Partial<Pick<DirectorOptions, "schedule" | "sealing" | "recorder" | "clock">> = {},
) {
  const failures: unknown[] = [];
  const attempts: ((outcome: Outcome) => void)[] = [];
  const sent: string[] = [];
  const spans: AttemptSpan[] = [];
  const quarantined: QuarantinedDelivery[] = [];
  const world = { deleted: false, ordered: found !== undefined };
  const store = new MemoryJobDbStore(disk, { index: 0, count: 1, epoch });
  const unsettled = store.unsettled.bind(store);
  store.unsettled = async () => {
    await found;
    return unsettled();
  };
  const director = await Director.start({
    clock,
    random: { unit: () => 0, nonce: () => 0 },
    recorder,
    store,
    transport: {
      send: ({ payload }) => {
        sent.push(new TextDecoder().decode(payload));
        return new Promise((resolve) => attempts.push(resolve));
      },
      costOf: () => 1,
      close: () => Promise.resolve(),
    },
    destinations: {
      find: () => (world.deleted ? undefined : { ...destination, ordered: world.ordered }),
      pauseOf: () => initialPause,
      throttleRateOf: () => undefined,
    },
    schedule,
    sealing,
    bulkShare: 1,
    onGone: () => undefined,
    onFailedForLong: () => undefined,
    onHealth: () => undefined,
    onNotable: () => undefined,
    onTraced: (span) => spans.push(span),
    onDamaged: () => undefined,
    onQuarantined: (each) => quarantined.push(each),
    onFailure: (error) => failures.push(error),
  });
  return { director, failures, attempts, sent, spans, quarantined, world };
}

export const delivered: Outcome & { kind: "answered" } = {
  kind: "answered",
  statusCode: 200,
  body: new Uint8Array(),
  retryAfterMs: undefined,
  durationMs: 1,
};
