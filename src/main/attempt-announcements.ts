import { setImmediate } from "node:timers/promises";
import type { AnnouncementStage, ControlReader } from "../control/facade.ts";
import type { Application } from "../control/entities.ts";
import { attemptIdOf, messageIdOf, parseAttemptId, type Address } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import {
  attemptEventTypeOf,
  type AttemptEvent,
  type AttemptEventType,
} from "../core/operational-event.ts";
import type { NotableAttempt, NotableAttempts } from "../director/facade.ts";
import type { Clock } from "../director/ports.ts";
import type { AnnouncementSource, ToTell } from "./announcer.ts";

export interface AttemptAnnouncementsOptions {
  readonly attempts: NotableAttempts;
  readonly stage: Pick<AnnouncementStage, "toldAttempts" | "keepToldAttempts">;
  readonly reader: ControlReader;
  readonly clock: Pick<Clock, "nowMs">;
}

/**
 * Attempts that the operator is told of. They are read from the JobDbs: an attempt is told of when it is durable, and the
 * last one that was is remembered for each JobDb, so a start goes on from there. An organisation is told of what was recorded
 * since it first had an operational endpoint, and while none has one nothing is read.
 */
export class AttemptAnnouncements implements AnnouncementSource {
  readonly #options: AttemptAnnouncementsOptions;
  /** The last attempt of each JobDb that was told of, or was not to be. Undefined: not read yet. */
  #told: Map<number, Address> | undefined;
  /** JobDbs that may have something new. */
  readonly #news = new Set<number>();
  /** JobDbs whose last attempt told is not durable. */
  readonly #unkept = new Set<number>();
  #keptAtMs = -Infinity;
  #listener: () => void = () => {};

  constructor(options: AttemptAnnouncementsOptions) {
    this.#options = options;
  }

  /** A JobDb has another attempt that there may be something to tell of. */
  recorded(jobDb: number): void {
    if (this.#options.reader.operationalSinceMs() === Infinity) return;
    this.#news.add(jobDb);
    this.#listener();
  }

  onNews(listener: () => void): void {
    this.#listener = listener;
  }

  async next(): ReturnType<AnnouncementSource["next"]> {
    const { attempts, reader } = this.#options;
    const sinceMs = reader.operationalSinceMs();
    if (sinceMs === Infinity) return undefined;
    const toldOf = (this.#told ??= await this.#readTold());
    for (const jobDb of this.#news) {
      const query = { after: toldOf.get(jobDb), sinceMs, limit: limits.announcedTogetherMax };
      const found = attempts.notable(jobDb, query);
      const last = found.at(-1);
      if (last !== undefined) {
        const toTell = found.flatMap((attempt) => this.#toTellOf(attempt));
        return { toTell, told: () => this.#keep(toldOf, last.address) };
      }
      this.#news.delete(jobDb); // in the same turn as it was found to have none
      await setImmediate();
    }
    return undefined;
  }

  async close(): Promise<void> {
    if (this.#told !== undefined) await this.#keepAll(this.#told);
  }

  async #readTold(): Promise<Map<number, Address>> {
    const { stage, attempts } = this.#options;
    const told = new Map<number, Address>();
    for (const id of await stage.toldAttempts()) {
      const address = parseAttemptId(id);
      if (address !== undefined) told.set(address.jobDb, address);
    }
    for (const jobDb of attempts.jobDbs()) this.#news.add(jobDb);
    return told;
  }

  async #keep(told: Map<number, Address>, last: Address): Promise<void> {
    told.set(last.jobDb, last);
    this.#unkept.add(last.jobDb);
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#keptAtMs < limits.toldAttemptsKeptMs) return;
    await this.#keepAll(told);
    this.#keptAtMs = nowMs;
  }

  async #keepAll(told: ReadonlyMap<number, Address>): Promise<void> {
    const attempts = [...this.#unkept].flatMap((jobDb) => told.get(jobDb) ?? []);
    if (attempts.length === 0) return;
    await this.#options.stage.keepToldAttempts(attempts);
    this.#unkept.clear();
  }

  #toTellOf(attempt: NotableAttempt): readonly ToTell[] {
    const { reader } = this.#options;
    const type = attemptEventTypeOf(attempt, attempt.failedBefore);
    const application = reader.customerOfEndpoint(attempt.endpoint);
    if (type === undefined || application === undefined) return [];
    const { organization } = application;
    const sinceMs = reader.operationalApplication(organization)?.createdAtMs ?? Infinity;
    if (attempt.address.atMs < sinceMs) return [];
    const endpointId = reader.endpointIdOf(attempt.endpoint);
    const event = attemptEventOf(type, application, { ...attempt, endpointId });
    return [{ organization, id: attemptIdOf(attempt.address), event }];
  }
}

function attemptEventOf(
  type: AttemptEventType,
  application: Application,
  attempt: NotableAttempt & { readonly endpointId: string },
): AttemptEvent {
  return {
    type,
    data: {
      appId: application.id,
      appUid: application.uid ?? null,
      endpointId: attempt.endpointId,
      msgId: messageIdOf(attempt.message),
      msgEventId: attempt.eventId ?? null,
      lastAttempt: {
        id: attemptIdOf(attempt.address),
        responseStatusCode: attempt.statusCode,
        timestamp: new Date(attempt.address.atMs).toISOString(),
      },
    },
  };
}
