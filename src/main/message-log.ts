import { messageIdOf } from "../core/ids.ts";
import type { Activity } from "../director/activity.ts";
import type { EndedAttempt } from "../director/ports.ts";
import type { Logger } from "./logger.ts";
import type { DirectorsOptions } from "./running-director.ts";

/** A line for each message and each attempt, at the level `debug` alone: otherwise nobody is even asked for them. */
export function logMessages(logger: Logger, activity: Activity): void {
  if (!logger.isLevelEnabled("debug")) return;
  activity.watch({
    accepted: ({ address }) => logger.debug({ message: messageIdOf(address) }, "accepted"),
    attempted: (attempt) => logger.debug(fieldsOf(attempt), "attempted"),
  });
}

type Hindrance = "onDamaged" | "onQuarantined";

/** Lines about what keeps a message from being sent. */
export function hindranceLog(logger: Logger): Pick<DirectorsOptions, Hindrance> {
  return {
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
