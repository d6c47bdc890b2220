/** Operations of Svix's contract that are still to come, sorted. Tests take all others as being there. */
export const missingOperations: readonly string[] = [
  "v1.endpoint.recover",
  "v1.endpoint.send-example",
  "v1.message-attempt.expunge-content",
  "v1.message-attempt.resend",
  "v1.message.expunge-content",
];
