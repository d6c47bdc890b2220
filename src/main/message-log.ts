import { type Address, messageIdOf } from "../core/ids.ts";
import type { EndedAttempt } from "../director/ports.ts";
import type { Logger } from "./logger.ts";
import type { DirectorsOptions } from "./running-director.ts";

type MessageLog = Pick<
  DirectorsOptions,
  "onAccepted" | "onAttempted" | "onDamaged" | "onQuarantined" | "tellsAttempts"
>;

/**
 * Lines about messages, each with the message's public id as `message`. One for each message and each attempt is written at the
 * level `debug` alone, and otherwise not even told by the Directors.
 */
export function messageLog(logger: Logger): MessageLog {
  const isDebug = logger.isLevelEnabled("debug");
  const accepted = (addresses: readonly Address[]): void => {
    for (const address of addresses) logger.debug({ message: messageIdOf(address) }, "accepted");
  };
  return {
    tellsAttempts: isDebug,
    onAccepted: isDebug ? accepted : undefined,
    onAttempted: (attempts) => {
      for (const attempt of attempts) logger.debug(fieldsOf(attempt), "attempted");
    },
    onDamaged: (address) => {
      const { jobDb, row } = address;
      const fields = { message: messageIdOf(address), jobDb, row };
      logger.error(fields, "a payload is damaged on the disk and is not sent");
    },
    onQuarantined: ({ message, endpoint }) => {
      const fields = { message: messageIdOf(message), endpoint };
      logger.error(fields, "a message is quarantined: handling it ends this server");
    },
  };
}

function fieldsOf({ messageId: message, endpoint, attempt, outcome, step }: EndedAttempt): object {
  const { durationMs } = outcome;
  const answer =
    outcome.kind === "answered" ? { status: outcome.statusCode } : { reason: outcome.reason };
  return { message, endpoint, attempt, ...answer, durationMs, ...followingOf(step) };
}

function followingOf(step: EndedAttempt["step"]): object {
  switch (step.kind) {
    case "settle":
      return { settled: step.settlement };
    case "retry":
      return { retryAt: new Date(step.atMs).toISOString() };
    case "leave":
      return {};
  }
}
