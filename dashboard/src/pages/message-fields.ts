/** What lists of messages and of attempts are narrowed by, of their messages. */
export const messageFields = [
  { name: "event_types", label: "Event type", hint: "order.paid" },
  { name: "channel", label: "Channel" },
  { name: "tag", label: "Tag" },
  { name: "after", label: "Since", isInstant: true },
  { name: "before", label: "And before", isInstant: true },
] as const;
