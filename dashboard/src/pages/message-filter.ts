/** Which of an endpoint's messages something is done with, as it is in a form, a query and a body. */
import type { Query } from "../api/client.ts";
import { formText } from "../components/form-text.ts";
import { instantOfLocal } from "../components/local-time.ts";

export interface MessageFilter {
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly eventType: string | undefined;
  readonly channel: string | undefined;
  readonly tag: string | undefined;
}

/** Leaves nothing out. */
export const everything: MessageFilter = {
  since: undefined,
  until: undefined,
  eventType: undefined,
  channel: undefined,
  tag: undefined,
};

/** Of the fields that a form has; what is empty leaves nothing out. */
export function filterOf(form: HTMLFormElement): MessageFilter {
  const textOf = (name: string) => formText(form, name) || undefined;
  return {
    since: instantOfLocal(formText(form, "since")),
    until: instantOfLocal(formText(form, "until")),
    eventType: textOf("eventType"),
    channel: textOf("channel"),
    tag: textOf("tag"),
  };
}

export function queryOf({ eventType, ...rest }: MessageFilter): Query {
  return { ...rest, event_types: eventType };
}

export function bodyOf({ since, until, eventType, channel, tag }: MessageFilter) {
  return {
    since: since ?? null,
    until: until ?? null,
    eventTypes: eventType === undefined ? null : [eventType],
    channel: channel ?? null,
    tag: tag ?? null,
  };
}
