/** What a background task finds next: some messages after its cursor, in the order of acceptance. */
import type { ControlReader } from "../control/facade.ts";
import type { BackgroundTask } from "../control/entities.ts";
import type { TaskFailure } from "../core/background-task.ts";
import { assert } from "../core/errors.ts";
import { type Address, type EndpointKey, messageIdOf, parseMessageId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { matches } from "../core/match.ts";
import type {
  DeliveredMessage,
  DeliveriesQuery,
  History,
  MessagesQuery,
  StoredDelivery,
  StoredMessage,
} from "../director/facade.ts";
import type { Destinations } from "../director/ports.ts";
import type { Restorer } from "./restorer.ts";

export interface TaskSources {
  readonly reader: Pick<ControlReader, "subscriptions"> & Pick<Destinations, "find">;
  readonly history: Pick<
    History,
    "deliveriesOfEndpoint" | "deliveriesOfMessage" | "messages" | "missingMessages"
  >;
  readonly restorer: Pick<Restorer, "reach" | "goOn">;
}

export type NextPage =
  | ({ readonly kind: "page" } & TaskPage)
  /** Nothing can be found now. */
  | { readonly kind: "waits" }
  /** Nothing will ever be. */
  | { readonly kind: "failed"; readonly failure: TaskFailure };

interface TaskPage {
  /** What the task is to send. */
  readonly sendings: readonly Sending[];
  /** How many messages it has looked at for that. */
  readonly examined: number;
  /** The id of the last of these. */
  readonly cursor: string | undefined;
  /** Nothing follows. */
  readonly isLast: boolean;
}

export interface Sending {
  readonly message: Address;
  readonly endpoint: EndpointKey;
}

export async function nextTaskPage(task: BackgroundTask, sources: TaskSources): Promise<NextPage> {
  if (!hasEndpoints(task, sources)) return { kind: "failed", failure: "endpoint_deleted" };
  if (task.filter.archived === true) return nextArchivedPage(task, sources);
  return { kind: "page", ...(await pageOfEndpoint(task, sources)) };
}

function hasEndpoints({ application, endpoint }: BackgroundTask, { reader }: TaskSources): boolean {
  if (endpoint !== undefined) return reader.find(endpoint) !== undefined;
  return reader.subscriptions(application).length > 0;
}

async function pageOfEndpoint(task: BackgroundTask, sources: TaskSources): Promise<TaskPage> {
  const { history } = sources;
  const endpoint = endpointOf(task);
  assert(task.type !== "endpoint.cancel", "what cancels has steps of its own");
  switch (task.type) {
    case "endpoint.recover": {
      const query = { ...pageQueryOf(task), state: "failed" } as const;
      return pageOf(endpoint, await history.deliveriesOfEndpoint(endpoint, query));
    }
    case "endpoint.bulk-replay":
      return replayedPage(task, pageQueryOf(task), sources);
    case "endpoint.replay":
      return missingPage(task, sources);
  }
}

/** All that the task can reach without what is still in the archive; then that is restored. */
async function nextArchivedPage(task: BackgroundTask, sources: TaskSources): Promise<NextPage> {
  const { restorer } = sources;
  const reach = restorer.reach(task);
  if (reach.kind === "waits") return reach;
  if (reach.kind === "unreadable") return { kind: "failed", failure: "archive_unreadable" };
  const query = { ...pageQueryOf(task), untilMs: Math.min(task.untilMs, reach.untilMs) };
  const page =
    task.endpoint === undefined
      ? await pageOfApplication(task, query, sources)
      : await replayedPage(task, query, sources);
  if (!page.isLast || reach.untilMs >= task.untilMs) return { kind: "page", ...page };
  if (page.examined > 0) return { kind: "page", ...page, isLast: false };
  restorer.goOn(task);
  return { kind: "waits" };
}

async function replayedPage(
  task: BackgroundTask,
  query: MessagesQuery,
  { history }: TaskSources,
): Promise<TaskPage> {
  const endpoint = endpointOf(task);
  const { state } = task.filter;
  const found = await history.deliveriesOfEndpoint(endpoint, { ...query, state });
  return pageOf(endpoint, found, ({ delivery }) => isWanted(delivery, task)); // what waits is on its way already
}

/** To all endpoints that are enabled now. */
async function pageOfApplication(
  task: BackgroundTask,
  query: MessagesQuery,
  { reader, history }: TaskSources,
): Promise<TaskPage> {
  const { application } = task;
  const found = await history.messages(application, query);
  const enabled = reader.subscriptions(application).filter(({ disabled }) => !disabled);
  const endpoints = new Set(enabled.map(({ endpoint }) => endpoint));
  const sendings: Sending[] = [];
  let examined = 0;
  for (const { address: message, payload } of found) {
    if (sendings.length >= limits.taskSendingsTogether) break;
    examined += 1;
    if (payload === undefined) continue;
    for await (const delivery of deliveriesOf(message, history)) {
      const { endpoint } = delivery;
      if (endpoints.has(endpoint) && isWanted(delivery, task)) sendings.push({ message, endpoint });
    }
  }
  const last = found[examined - 1];
  return {
    sendings,
    examined,
    cursor: last && messageIdOf(last.address),
    isLast: examined === found.length && found.length < query.limit,
  };
}

async function* deliveriesOf(
  message: Address,
  history: TaskSources["history"],
): AsyncGenerator<StoredDelivery, void> {
  const limit = limits.pageMax;
  for (let edge: EndpointKey | undefined, isEnd = false; !isEnd;) {
    const page = { limit, edge, direction: "forward" } as const;
    const deliveries = await history.deliveriesOfMessage(message, page);
    yield* deliveries;
    edge = deliveries.at(-1)?.endpoint;
    isEnd = deliveries.length < limit;
  }
}

function isWanted({ state }: StoredDelivery, { filter }: BackgroundTask): boolean {
  return state !== "waiting" && (filter.state === undefined || filter.state === state);
}

async function missingPage(
  task: BackgroundTask,
  { reader, history }: TaskSources,
): Promise<TaskPage> {
  const { application } = task;
  const endpoint = endpointOf(task);
  const all = reader.subscriptions(application);
  const subscription = all.find((each) => each.endpoint === endpoint);
  if (subscription === undefined) return pageOf(endpoint, []); // deleted just now, which the next look shows
  const eventTypes = subscription.eventTypes && [...subscription.eventTypes];
  const query = { ...pageQueryOf(task), eventTypes };
  const found = await history.missingMessages(application, endpoint, query);
  return pageOf(endpoint, found, ({ eventType, channels }) =>
    matches(subscription, eventType, channels),
  );
}

function endpointOf({ endpoint }: BackgroundTask): EndpointKey {
  assert(endpoint !== undefined, "only a replay of the archive is of all endpoints");
  return endpoint;
}

export function pageQueryOf({
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
    payloadBytesMax: 0, // only whether there is one counts
  };
}

/** What was erased can't be sent. */
function pageOf<Message extends StoredMessage | DeliveredMessage>(
  endpoint: EndpointKey,
  found: readonly Message[],
  isAsked: (message: Message) => boolean = () => true,
): TaskPage {
  const last = found.at(-1);
  return {
    sendings: found
      .filter((message) => message.payload !== undefined && isAsked(message))
      .map(({ address }) => ({ message: address, endpoint })),
    examined: found.length,
    cursor: last && messageIdOf(last.address),
    isLast: found.length < limits.taskMessagesTogether,
  };
}
