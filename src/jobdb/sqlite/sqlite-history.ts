/**
 * History over all JobDb files of a folder, read beside those who write them.
 *
 * A listing is merged from the JobDbs in the order of time, by keys alone (listing-search.ts); then the rows that came onto
 * the page are read.
 */
import { setImmediate } from "node:timers/promises";
import { deliveryNumberOf } from "../../core/delivery.ts";
import type { Address, ApplicationKey, EndpointKey } from "../../core/ids.ts";
import { limits } from "../../core/limits.ts";
import type { StoredJobDb } from "../../core/retention.ts";
import type {
  AskedResend,
  AttemptsQuery,
  CountQuery,
  DeliveredMessage,
  DeliveriesQuery,
  DeliveryCounts,
  History,
  KeptHash,
  MessagesQuery,
  RecipientsPage,
  StoredAnswer,
  StoredAttempt,
  StoredDelivery,
  StoredJobDbs,
  StoredMessage,
} from "../../director/facade.ts";
import { answersIn, hashesIn } from "./answer-search.ts";
import { HistoryFiles } from "./history-files.ts";
import {
  deliveriesTo,
  messagesOf,
  type Statements,
  takenAttempts,
  takenMessages,
  waitingFor,
} from "./listing-scope.ts";
import { ListingSearch, rowsBetween } from "./listing-search.ts";
import { loadRows, messageBy } from "./load-rows.ts";
import type { JobDbLife } from "./job-db-life.ts";
import type { RowKey } from "./merge-keys.ts";
import { sumOf } from "./sum-of.ts";
import { runOfRow } from "./run.ts";

export class SqliteHistory implements History, StoredJobDbs {
  readonly #files: HistoryFiles;
  readonly #search: ListingSearch;

  /**
   * @param folder that of the JobDb files; it need not exist yet
   * @param lives what is known of those that nobody has open yet
   */
  constructor(folder: string, lives?: ReadonlyMap<number, JobDbLife>) {
    this.#files = new HistoryFiles(folder, lives);
    this.#search = new ListingSearch(this.#files);
  }

  async message(application: ApplicationKey, address: Address): Promise<StoredMessage | undefined> {
    const found = this.#messageAt(address);
    return found?.application === application ? found : undefined;
  }

  async messageOfEvent(
    application: ApplicationKey,
    eventId: string,
  ): Promise<StoredMessage | undefined> {
    for (const jobDb of this.#files.numbers()) {
      if (this.#files.lives.find(jobDb)?.hasEvents === false) continue;
      const row = await this.#eventMessageIn(jobDb, application, eventId);
      if (row !== undefined) return this.#files.read(jobDb, ({ message }) => message(row));
    }
    return undefined;
  }

  async messages(
    application: ApplicationKey,
    query: MessagesQuery,
  ): Promise<readonly StoredMessage[]> {
    const keys = await this.#search.pageOf(query, {
      ...messagesOf(application),
      taken: takenMessages(query),
      keys: (statements, range) =>
        statements.messageKeys[query.direction](application, query, range),
    });
    return this.#load(keys, messageBy(query), query);
  }

  async attemptsOfEndpoint(
    endpoint: EndpointKey,
    query: AttemptsQuery,
  ): Promise<readonly StoredAttempt[]> {
    const keys = await this.#search.pageOf(query, {
      table: "attempt",
      entry: "attempt",
      key: endpoint,
      taken: takenAttempts(query),
      firstRow: (statements) => (statements.firstDelivery(endpoint) === undefined ? undefined : 1),
      keys: (statements, range) =>
        statements.endpointAttemptKeys[query.direction](endpoint, query, range),
    });
    return this.#load(keys, (statements, row) => statements.attempt(row));
  }

  async attemptsOfMessage(
    message: Address,
    query: AttemptsQuery,
  ): Promise<readonly StoredAttempt[]> {
    if (this.#messageAt(message) === undefined) return [];
    const { jobDb, row: messageRow } = message;
    const keys = this.#files.read(jobDb, (statements) => {
      const { above, below } = rowsBetween(query, statements, { jobDb, table: "attempt" });
      const range = { above, below, rowsMax: query.limit };
      return statements.messageAttemptKeys[query.direction](messageRow, query, range);
    });
    return this.#load(
      (keys ?? []).map(({ row, atMs }) => ({ jobDb, row, atMs })),
      (statements, row) => statements.attempt(row),
    );
  }

  async attempt(message: Address, address: Address): Promise<StoredAttempt | undefined> {
    const found = this.#files.read(address.jobDb, ({ attempt }) => attempt(address.row));
    if (found === undefined) return undefined;
    const isSame = isSameAddress(found.address, address) && isSameAddress(found.message, message);
    return isSame ? found : undefined;
  }

  async deliveriesOfMessage(
    message: Address,
    { limit, edge, direction }: RecipientsPage,
  ): Promise<readonly StoredDelivery[]> {
    if (this.#messageAt(message) === undefined) return [];
    const deliveries = this.#files.read(message.jobDb, ({ deliveryTo, recipients }) => {
      let above = deliveryNumberOf(message.row, 0) - 1;
      let below = deliveryNumberOf(message.row + 1, 0);
      if (edge !== undefined) {
        const number = deliveryTo(message.row, edge)?.number;
        if (number === undefined) return [];
        if (direction === "forward") above = number;
        else below = number;
      }
      return recipients[direction](above, below, limit);
    });
    return deliveries ?? [];
  }

  async isResent({ message, endpoint, asker, sinceMs }: AskedResend): Promise<boolean> {
    if (this.#messageAt(message) === undefined) return false;
    const found = this.#files.read(message.jobDb, ({ isResent }) =>
      isResent(message.row, endpoint, asker, sinceMs),
    );
    return found ?? false;
  }

  async deliveriesOfEndpoint(
    endpoint: EndpointKey,
    query: DeliveriesQuery,
  ): Promise<readonly DeliveredMessage[]> {
    const keys = await this.#search.pageOf(query, {
      ...deliveriesTo(endpoint),
      taken: takenMessages(query),
      areUnsettled: query.state === "waiting",
      keys: (statements, range) => statements.deliveryKeys[query.direction](endpoint, query, range),
    });
    const select = (statements: Statements, row: number) => {
      const message = messageBy(query)(statements, row);
      const found = statements.deliveryTo(row, endpoint);
      if (message === undefined || found === undefined) return undefined;
      const { number: _, ...delivery } = found;
      return { ...message, delivery };
    };
    return this.#load(keys, select, query);
  }

  async missingMessages(
    application: ApplicationKey,
    endpoint: EndpointKey,
    query: MessagesQuery,
  ): Promise<readonly StoredMessage[]> {
    const subscriber = { application, endpoint };
    const keys = await this.#search.pageOf(query, {
      ...messagesOf(application),
      taken: takenMessages(query),
      keys: (statements, range) =>
        statements.missingKeys[query.direction](subscriber, query, range),
    });
    return this.#load(keys, messageBy(query), query);
  }

  async countWaitingResends(endpoint: EndpointKey, countMax: number): Promise<number> {
    let waiting = 0;
    for (const jobDb of this.#files.numbers()) {
      await this.#search.takeTurns();
      const count = ({ countWaitingResends }: Statements) =>
        countWaitingResends(endpoint, countMax);
      waiting += this.#files.read(jobDb, count) ?? 0;
      if (waiting >= countMax) break;
    }
    return waiting;
  }

  async countDeliveries(
    endpoint: EndpointKey,
    query: CountQuery,
  ): Promise<DeliveryCounts | undefined> {
    const counts = this.#search.countsOf(query, deliveriesTo(endpoint), (statements, range) =>
      statements.countDeliveries(endpoint, query, range),
    );
    const none = { delivered: 0, waiting: 0, failed: 0, others: 0 };
    const sum = await sumOf(counts, none, limits.countedDeliveriesMax);
    if (sum === undefined) return undefined;
    const { others: _, ...states } = sum;
    return states;
  }

  async waitingMessages(
    endpoint: EndpointKey,
    query: MessagesQuery,
  ): Promise<readonly StoredMessage[]> {
    const keys = await this.#search.pageOf(query, {
      ...waitingFor(endpoint),
      taken: takenMessages(query),
      keys: (statements, range) => statements.waitingKeys[query.direction](endpoint, query, range),
    });
    return this.#load(keys, messageBy(query), query);
  }

  async countWaiting(endpoint: EndpointKey, query: CountQuery): Promise<number | undefined> {
    const counts = this.#search.countsOf(query, waitingFor(endpoint), (statements, range) =>
      statements.countWaiting(endpoint, query, range),
    );
    const none = { waiting: 0, others: 0 };
    return (await sumOf(counts, none, limits.countedDeliveriesMax))?.waiting;
  }

  async answer(
    hash: Uint8Array,
    sinceMs: number,
    beforeMs: number,
  ): Promise<StoredAnswer | undefined> {
    for (const jobDb of this.#files.numbersSince(sinceMs).toReversed()) {
      const search = answersIn(this.#files, jobDb, { hash, sinceMs, beforeMs });
      for (const found of search) {
        if (found !== undefined) return found;
        await this.#search.takeTurns();
      }
    }
    return undefined;
  }

  async *answersSince(sinceMs: number): AsyncGenerator<readonly KeptHash[], void> {
    for (const jobDb of this.#files.numbersSince(sinceMs)) {
      for (const hashes of hashesIn(this.#files, jobDb, sinceMs)) {
        yield hashes;
        await setImmediate();
      }
    }
  }

  async stored(): Promise<readonly StoredJobDb[]> {
    const stored: StoredJobDb[] = [];
    for (const number of this.#files.numbers()) {
      await this.#search.takeTurns();
      const jobDb = this.#files.stored(number);
      if (jobDb !== undefined) stored.push(jobDb);
    }
    return stored;
  }

  closeDropped(): void {
    this.#files.numbers();
  }

  close(): void {
    this.#files.close();
  }

  #messageAt(address: Address): StoredMessage | undefined {
    const found = this.#files.read(address.jobDb, ({ message }) => message(address.row));
    return found !== undefined && isSameAddress(found.address, address) ? found : undefined;
  }

  async #eventMessageIn(
    jobDb: number,
    application: ApplicationKey,
    eventId: string,
  ): Promise<number | undefined> {
    await this.#search.takeTurns();
    const runs = this.#files.read(jobDb, ({ firstMessage, lastRow }) => {
      const first = firstMessage(application);
      return first === undefined
        ? undefined
        : { first: runOfRow(first), last: runOfRow(lastRow.message().row) };
    });
    if (runs === undefined) return undefined;
    for (let from = runs.first; from <= runs.last; from += limits.historyRunsMax) {
      await this.#search.takeTurns();
      const to = Math.min(runs.last, from + limits.historyRunsMax - 1);
      const row = this.#files.read(jobDb, ({ eventMessage }) =>
        eventMessage({ application, eventId, from, to }),
      );
      if (row !== undefined) return row;
    }
    return undefined;
  }

  #load<Row extends object>(
    keys: readonly RowKey[],
    select: (statements: Statements, row: number) => Row | undefined,
    { payloadBytesMax }: Pick<MessagesQuery, "payloadBytesMax"> = {},
  ): Promise<readonly Row[]> {
    const takeTurns = (): Promise<void> => this.#search.takeTurns();
    return loadRows(this.#files, { keys, select, payloadBytesMax, takeTurns });
  }
}

/** An address is taken only as it was given out: all of it, not only what finds the row. */
function isSameAddress(left: Address, right: Address): boolean {
  return (
    left.jobDb === right.jobDb &&
    left.row === right.row &&
    left.nonce === right.nonce &&
    left.atMs === right.atMs
  );
}
