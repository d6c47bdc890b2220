/** What happens to each message, told while it does, to those who watch. */
import type { Address, ApplicationKey } from "../core/ids.ts";
import type { EndedAttempt } from "./ports.ts";

export interface Activity {
  /** Tells of what happens from now on until that is stopped. While nobody watches, nothing is gathered. */
  watch(watcher: ActivityWatcher): { stop(): void };
}

/** Called in the midst of other work: it neither waits nor throws. */
export interface ActivityWatcher {
  /** A message is durable. */
  accepted(message: AcceptedMessage): void;
  /** An attempt has ended; it is durable some milliseconds later, or made again after a crash. */
  attempted(attempt: EndedAttempt): void;
}

/** Without its payload, so that whoever keeps some keeps little. */
export interface AcceptedMessage {
  readonly address: Address;
  readonly application: ApplicationKey;
  readonly eventType: string;
  readonly eventId: string | undefined;
  readonly channels: readonly string[] | undefined;
}
