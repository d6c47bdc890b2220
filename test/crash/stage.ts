import { DeliveryChecker } from "../e2e/delivery-checker.ts";
import { DurableRecord } from "../e2e/durable-record.ts";
import { type Behaviour, Receiver } from "../e2e/receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "../e2e/scratch-folder.ts";
import type { SeededRandom } from "../e2e/seeded-random.ts";
import type { ServerSettings } from "../e2e/server-process.ts";
import type { Subscriber } from "../e2e/subscriber.ts";
import { Tally } from "../e2e/tally.ts";
import { Producer } from "./producer.ts";

/** Everything around the server: it outlives every one of its ends. */
export interface Stage {
  readonly folder: ScratchFolder;
  readonly settings: ServerSettings;
  readonly subscribers: readonly Subscriber[];
  readonly producer: Producer;
  readonly checker: DeliveryChecker;
  readonly record: DurableRecord;
  readonly acknowledgements: Tally;
  readonly arrivals: Tally;
}

const eventTypes = ["order.created", "order.paid", "user.joined"] as const;
const channels = ["eu", "us", "apac"] as const;
const applicationCount = 8;
/** POSTs that wait for an answer at once. */
const inFlight = 48;
const retryDelayMs = 150;
/** Long enough that no delivery is given up before the receivers heal. */
const retrySchedule = [retryDelayMs / 1000, 0.3, 0.5, ...Array.from({ length: 47 }, () => 1)];
/** The clocks of two processes, and whole milliseconds in one of them. */
const clockToleranceMs = 5;

/** Receivers that listen, a producer that is ready, and an empty data folder. */
export async function setStage(random: SeededRandom, largeBatchShare: number): Promise<Stage> {
  const folder = makeScratchFolder("crash");
  const acknowledgements = new Tally();
  const arrivals = new Tally();
  const subscribers = subscribersOf(random, (arrival) => {
    checker.arrive(arrival);
    arrivals.add();
  });
  const names = new Set(subscribers.map(({ receiver }) => receiver.name));
  const checker = new DeliveryChecker(names, retryDelayMs - clockToleranceMs);
  await Promise.all(subscribers.map(({ receiver }) => receiver.start()));
  const dataFolder = `${folder.path}/data`;
  const namesByUrl = new Map(subscribers.map(({ receiver }) => [receiver.url, receiver.name]));
  return {
    folder,
    settings: {
      dataFolder,
      listen: "127.0.0.1:0",
      jwtSecret: "the crash test's secret, 32 bytes or more",
      retrySchedule,
      attemptTimeoutSeconds: 10,
    },
    subscribers,
    producer: new Producer({
      subscribers,
      eventTypes,
      channels,
      checker,
      random,
      acknowledgements,
      inFlight,
      largeBatchShare,
    }),
    checker,
    record: new DurableRecord(dataFolder, folder.path, namesByUrl),
    acknowledgements,
    arrivals,
  };
}

/** In each application one endpoint for everything, one that filters by event type and one that filters by channel. */
function subscribersOf(
  random: SeededRandom,
  tell: ConstructorParameters<typeof Receiver>[2],
): readonly Subscriber[] {
  const refuses = (): boolean => random.unit() < 0.3;
  const flaky: Behaviour = { kind: "flaky", refuses };
  return Array.from({ length: applicationCount }, (_, index) => {
    const application = `app-${index + 1}`;
    const steady: Behaviour = index % 2 === 0 ? { kind: "healthy" } : { kind: "slow", delayMs: 20 };
    const all = new Receiver(`${application}-all`, { kind: "healthy" }, tell);
    const orders = new Receiver(`${application}-orders`, flaky, tell);
    const regions = new Receiver(`${application}-regions`, steady, tell);
    return [
      { receiver: all, application, eventTypes: undefined, channels: undefined },
      {
        receiver: orders,
        application,
        eventTypes: ["order.created", "order.paid"],
        channels: undefined,
      },
      { receiver: regions, application, eventTypes: undefined, channels: ["eu", "us"] },
    ];
  }).flat();
}
