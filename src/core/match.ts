/** What an endpoint filters on. */
export interface Filter {
  /** Undefined: every event type. */
  readonly eventTypes: ReadonlySet<string> | undefined;
  /** Undefined: every message, with channels or without. */
  readonly channels: ReadonlySet<string> | undefined;
}

/**
 * Whether a message goes to an endpoint. An endpoint that asks for channels never gets a message without any
 * (Svix, "Channels").
 */
export function matches(
  filter: Filter,
  eventType: string,
  channels: readonly string[] | undefined,
): boolean {
  if (filter.eventTypes !== undefined && !filter.eventTypes.has(eventType)) return false;
  const { channels: wanted } = filter;
  return wanted === undefined || (channels?.some((channel) => wanted.has(channel)) ?? false);
}
