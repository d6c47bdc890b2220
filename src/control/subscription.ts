import { endpointKeyOf } from "../core/ids.ts";
import type { Subscription } from "./facade.ts";
import type { SubscriptionRow } from "./ldb-statements.ts";

export function toSubscription(row: SubscriptionRow): Subscription {
  return {
    endpoint: endpointKeyOf(row.key),
    disabled: row.disabled === 1,
    eventTypes: toSet(row.event_types),
    channels: toSet(row.channels),
  };
}

/** Estimate of what a subscription takes in memory. A name in a set costs some five times its text. */
export function subscriptionBytesOf(row: SubscriptionRow): number {
  return 200 + 5 * ((row.event_types?.length ?? 0) + (row.channels?.length ?? 0));
}

function toSet(json: string | null): ReadonlySet<string> | undefined {
  if (json === null) return undefined;
  const names: readonly string[] = JSON.parse(json);
  return new Set(names);
}
