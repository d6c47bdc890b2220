/**
 * Tells the operator what happens to endpoints and deliveries: makes a message of each event for the operational endpoints
 * of its organisation. From then on it is delivered as any message is.
 *
 *     it happens (durable) ─▶ found by a source ─▶ message accepted (durable) ─▶ the source is told so (durable)
 *
 * A crash between any two of these: the next start finds it again, and as its message has the event id of what happened, a
 * second one is refused. So each event becomes one message, exactly. That it may have one is asked of history until all that
 * was there at the start has been told, and after a failure; in between nothing comes twice.
 */
import { setImmediate } from "node:timers/promises";
import { incomingMessageOf } from "../api/message-in.ts";
import { UniqueEvents } from "../api/unique-events.ts";
import type { ControlReader } from "../control/facade.ts";
import type { OrganizationId } from "../control/entities.ts";
import { limits } from "../core/limits.ts";
import type { IncomingMessage } from "../core/message.ts";
import type { OperationalEvent } from "../core/operational-event.ts";
import type { History, Intake } from "../director/facade.ts";
import type { Clock } from "../director/ports.ts";
import { DutyLoop } from "./duty-loop.ts";

/** Something that is to be told. */
export interface ToTell {
  readonly organization: OrganizationId;
  /** The event id of its message: always the same for the same thing. */
  readonly id: string;
  readonly event: OperationalEvent;
}

/** Where something to tell comes from. */
export interface AnnouncementSource {
  /**
   * The next of what is to be told, in order, at most `limits.announcedTogetherMax`; undefined: that is all. Until `told`
   * has resolved, the same comes again.
   */
  next(): Promise<
    { readonly toTell: readonly ToTell[]; readonly told: () => Promise<void> } | undefined
  >;
  /** Calls back when there may be something that `next` has not given yet. */
  onNews(listener: () => void): void;
  /** Makes durable what was told. Nothing is asked for afterwards. */
  close(): Promise<void>;
}

export interface AnnouncerOptions {
  readonly sources: readonly AnnouncementSource[];
  readonly reader: ControlReader;
  readonly intake: Intake;
  readonly history: History;
  readonly clock: Pick<Clock, "after">;
  /** Told of the first failure after a success. What could not be told is tried again, or found by the next start. */
  readonly onFailure: (error: unknown) => void;
}

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #events: UniqueEvents;
  readonly #loop: DutyLoop;
  /** What the sources give may have its message already. */
  #mayRepeat = true;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#events = new UniqueEvents(options);
    this.#loop = new DutyLoop({
      work: () => this.#work(),
      retryMs: limits.announcerRetryMs,
      clock: options.clock,
      onFailure: options.onFailure,
    });
  }

  /** Goes on with what earlier runs have left to tell, in the background, and tells what happens from now on. */
  start(): void {
    for (const source of this.#options.sources) source.onNews(() => void this.wake());
    void this.wake();
  }

  /** There may be something to tell. Resolves when all of it is told, or has failed; never fails. */
  wake(): Promise<void> {
    return this.#loop.wake();
  }

  /** Finishes what is under way. What is not told by then is found by the next start. Never fails. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    try {
      for (const source of this.#options.sources) await source.close();
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  async #work(): Promise<void> {
    try {
      for (const source of this.#options.sources) await this.#tellAll(source);
      this.#mayRepeat &&= this.#loop.stopping;
    } catch (error) {
      this.#mayRepeat = true;
      throw error;
    }
  }

  async #tellAll(source: AnnouncementSource): Promise<void> {
    while (!this.#loop.stopping) {
      const found = await source.next();
      if (found === undefined) return;
      const byOrganization = Map.groupBy(found.toTell, ({ organization }) => organization);
      for (const [organization, toTell] of byOrganization) await this.#tell(organization, toTell);
      await found.told();
      await setImmediate(); // nobody may have asked for any of it, and then nothing else has let the API have its turn
    }
  }

  async #tell(organization: OrganizationId, toTell: readonly ToTell[]): Promise<void> {
    const { reader, intake } = this.#options;
    const application = reader.operationalApplication(organization);
    if (application === undefined) return;
    const messages = toTell.map(({ id, event }): IncomingMessage => {
      const body = { eventType: event.type, eventId: id, payload: event };
      const bytes = Buffer.from(JSON.stringify(event));
      return incomingMessageOf({ controlReader: reader }, application, body, bytes);
    });
    const askedFor = messages.filter(({ recipients }) => recipients.length > 0);
    if (askedFor.length === 0) return;
    await (this.#mayRepeat ? this.#events : intake).acceptAll(askedFor);
  }
}
