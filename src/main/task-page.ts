/** What a background task finds next: some messages after its cursor, in the order of acceptance. */
import type { ControlReader } from "../control/facade.ts";
import type { BackgroundTask } from "../control/entities.ts";
import { messageIdOf, parseMessageId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { matches } from "../core/match.ts";
import type { DeliveriesQuery, History, StoredMessage } from "../director/facade.ts";
import type { Destination } from "../director/ports.ts";

export interface TaskSources {
  readonly reader: Pick<ControlReader, "subscriptions">;
  readonly history: Pick<History, "deliveriesOfEndpoint" | "missingMessages">;
}

export interface TaskPage {
  /** What the task is to send of it. */
  readonly messages: readonly StoredMessage[];
  /** How many it has looked at for that. */
  readonly examined: number;
  /** The id of the last of these. */
  readonly cursor: string | undefined;
  /** Nothing follows. */
  readonly isLast: boolean;
}

export async function nextTaskPage(
  task: BackgroundTask,
  destination: Destination,
  sources: TaskSources,
): Promise<TaskPage> {
  switch (task.type) {
    case "endpoint.recover": {
      const query = { ...queryOf(task), state: "failed" } as const;
      return pageOf(await sources.history.deliveriesOfEndpoint(task.endpoint, query));
    }
    case "endpoint.bulk-replay": {
      const query = { ...queryOf(task), state: task.filter.state };
      const found = await sources.history.deliveriesOfEndpoint(task.endpoint, query);
      return pageOf(found, ({ delivery }) => delivery.state !== "waiting"); // that is on its way already
    }
    case "endpoint.replay":
      return missingPage(task, destination, sources);
  }
}

async function missingPage(
  task: BackgroundTask,
  { application, endpoint }: Destination,
  { reader, history }: TaskSources,
): Promise<TaskPage> {
  const all = reader.subscriptions(application);
  const subscription = all.find((each) => each.endpoint === endpoint);
  if (subscription === undefined) return pageOf([]); // deleted just now, which the next look shows
  const eventTypes = subscription.eventTypes && [...subscription.eventTypes];
  const query = { ...queryOf(task), eventTypes };
  const found = await history.missingMessages(application, endpoint, query);
  return pageOf(found, ({ eventType, channels }) => matches(subscription, eventType, channels));
}

function queryOf({
  cursor,
  sinceMs,
  untilMs,
  filter,
}: BackgroundTask): Omit<DeliveriesQuery, "state"> {
  return {
    limit: limits.taskMessagesTogether,
    edge: cursor === undefined ? undefined : parseMessageId(cursor),
    direction: "newer",
    sinceMs,
    untilMs,
    eventTypes: filter.eventTypes,
    channel: filter.channel,
    tag: filter.tag,
  };
}

/** What was erased can't be sent. */
function pageOf<Message extends StoredMessage>(
  found: readonly Message[],
  isWanted: (message: Message) => boolean = () => true,
): TaskPage {
  const last = found.at(-1);
  return {
    messages: found.filter((message) => message.payload !== undefined && isWanted(message)),
    examined: found.length,
    cursor: last && messageIdOf(last.address),
    isLast: found.length < limits.taskMessagesTogether,
  };
}
