import type { Address } from "../core/ids.ts";
import type { IncomingMessage } from "../core/message.ts";
import type { Activity, ActivityWatcher } from "../director/activity.ts";
import type { EndedAttempt } from "../director/ports.ts";

/** Passes on what happens to messages. Directors tell of their attempts only while somebody watches. */
export class ActivityFeed implements Activity {
  readonly #watchers = new Set<ActivityWatcher>();
  #onWatched: (isWatched: boolean) => void = () => {};

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  /** Calls back whenever that changes. */
  onWatched(listener: (isWatched: boolean) => void): void {
    this.#onWatched = listener;
  }

  watch(watcher: ActivityWatcher): { stop(): void } {
    this.#watchers.add(watcher);
    if (this.#watchers.size === 1) this.#onWatched(true);
    return {
      stop: () => {
        if (this.#watchers.delete(watcher) && !this.isWatched) this.#onWatched(false);
      },
    };
  }

  /** @param addresses of these messages, in the same order */
  accepted(messages: readonly IncomingMessage[], addresses: readonly Address[]): void {
    for (const [at, address] of addresses.entries()) {
      const message = messages[at];
      if (message === undefined) continue;
      const { application, eventType, eventId, channels } = message;
      const accepted = { address, application, eventType, eventId, channels };
      for (const watcher of this.#watchers) watcher.accepted(accepted);
    }
  }

  attempted(attempts: readonly EndedAttempt[]): void {
    for (const attempt of attempts) {
      for (const watcher of this.#watchers) watcher.attempted(attempt);
    }
  }
}
