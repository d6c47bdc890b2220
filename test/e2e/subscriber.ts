import type { Svix } from "svix";
import type { Receiver } from "./receiver.ts";

/** An endpoint as its owner sees it: where it listens, and what it asked for. */
export interface Subscriber {
  readonly receiver: Receiver;
  /** The application's uid. */
  readonly application: string;
  /** Undefined: all. */
  readonly eventTypes: readonly string[] | undefined;
  /** Undefined: all messages, with channels or without. */
  readonly channels: readonly string[] | undefined;
}

/** What decides where a message goes. */
export interface Addressing {
  /** The application's uid. */
  readonly application: string;
  readonly eventType: string;
  readonly channels: readonly string[] | undefined;
}

/** The names of the receivers that must get a message. Written apart from the server's own matching, to check it. */
export function recipientsOf(
  subscribers: readonly Subscriber[],
  { application, eventType, channels = [] }: Addressing,
): ReadonlySet<string> {
  const recipients = subscribers.filter(
    (subscriber) =>
      subscriber.application === application &&
      (subscriber.eventTypes ?? [eventType]).includes(eventType) &&
      (subscriber.channels === undefined ||
        subscriber.channels.some((channel) => channels.includes(channel))),
  );
  return new Set(recipients.map((subscriber) => subscriber.receiver.name));
}

/** Creates the applications, event types and endpoints with the official client, and hands each receiver its secret. */
export async function subscribe(svix: Svix, subscribers: readonly Subscriber[]): Promise<void> {
  for (const uid of new Set(subscribers.map((subscriber) => subscriber.application))) {
    await svix.application.create({ name: uid, uid });
  }
  for (const name of new Set(subscribers.flatMap((subscriber) => subscriber.eventTypes ?? []))) {
    await svix.eventType.create({ name, description: name });
  }
  for (const { receiver, application, eventTypes, channels } of subscribers) {
    const endpoint = await svix.endpoint.create(application, {
      url: receiver.url,
      ...(eventTypes === undefined ? {} : { eventTypes: [...eventTypes] }),
      ...(channels === undefined ? {} : { channels: [...channels] }),
    });
    const { key } = await svix.endpoint.getSecret(application, endpoint.id);
    receiver.trust(key);
  }
}
