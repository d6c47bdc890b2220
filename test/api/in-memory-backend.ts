/**
 * What stands behind the API, in memory and only as far as HTTP behaviour shows: lookups, pages, and failures on demand.
 */
import type { ControlReader, ControlWriter } from "../../src/control/facade.ts";
import type { ApiKey, Application, Endpoint, EventType } from "../../src/control/entities.ts";
import type {
  AttemptsQuery,
  CountQuery,
  DeliveredMessage,
  DeliveriesQuery,
  DeliveryCounts,
  History,
  Intake,
  Queues,
  MessagesQuery,
  NewResend,
  Span,
  StoredAnswer,
  StoredAttempt,
  StoredMessage,
} from "../../src/director/facade.ts";
import type { NewAnswer } from "../../src/core/answer.ts";
import { assert, PosthornError, type ErrorCode } from "../../src/core/errors.ts";
import {
  apiKeyIdOf,
  applicationIdOf,
  applicationKeyOf,
  endpointIdOf,
  endpointKeyOf,
  messageIdOf,
  attemptIdOf,
  type Address,
  type EndpointKey,
} from "../../src/core/ids.ts";
import type { IncomingMessage } from "../../src/core/message.ts";
import type { ApiContext } from "../../src/api/context.ts";
import { ActivityFeed } from "../../src/main/activity-feed.ts";
import { TrafficMeter } from "../../src/main/traffic-meter.ts";
import { inMemoryQueues } from "./in-memory-queues.ts";
import { noRecords, type Records } from "./no-records.ts";
import { unchangeable } from "./unchangeable.ts";
import { inMemoryAnswers } from "./in-memory-answers.ts";
import { controlPageOf, pageOf } from "./in-memory-pages.ts";
import { countsOf, deliveriesOf, recipientsPage } from "./in-memory-deliveries.ts";

export const startMs = Date.UTC(2026, 10, 22);

export interface Backend extends Records {
  readonly intake: Intake;
  readonly disk: ApiContext["disk"];
  readonly queues: Queues;
  /** Of what it is told. */
  readonly traffic: TrafficMeter;
  readonly activity: ActivityFeed;
  readonly isTracing: boolean;
  readonly history: History;
  readonly controlReader: ControlReader;
  readonly controlWriter: ControlWriter;
  /** What was handed in, in order. */
  readonly accepted: IncomingMessage[];
  readonly attempts: StoredAttempt[];
  /** What was asked to be sent again, in order. */
  readonly resends: NewResend[];
  /** The queries that history got, in order. */
  readonly queries: (MessagesQuery | AttemptsQuery | DeliveriesQuery)[];
  /** The spans that deliveries were counted in. */
  readonly spans: Span[];
  /** Whether there are more deliveries than are counted. */
  countsTooMany(tooMany: boolean): void;
  /** From now on the intake and the control writer fail with this; undefined: they work. */
  failWith(code: ErrorCode | undefined): void;
  /** From now on this is called before a message is accepted. */
  beforeAccept(wait: () => Promise<void>): void;
}

/** `count` of them, each with something unguessable of its own. */
function bytesOf(count: number): Uint8Array {
  return new Uint8Array(14).fill(count);
}

export function createBackend(): Backend {
  const applications: Application[] = [];
  const endpoints: Endpoint[] = [];
  const secrets = new Map<number, string>();
  const eventTypes: EventType[] = [];
  const apiKeys = new Map<string, ApiKey>();
  const revokedTokens = new Set<string>();
  let accessVersion = 0;
  const messages: (StoredMessage & Pick<IncomingMessage, "recipients">)[] = [];
  const accepted: IncomingMessage[] = [];
  const attempts: StoredAttempt[] = [];
  const resends: NewResend[] = [];
  const queries: (MessagesQuery | AttemptsQuery | DeliveriesQuery)[] = [];
  const spans: Span[] = [];
  let tooManyToCount = false;
  let failure: ErrorCode | undefined;
  let wait = async (): Promise<void> => {};
  const check = (): void => {
    if (failure !== undefined) throw new PosthornError(failure, `the fake's ${failure}`);
  };

  const answers: (NewAnswer & Pick<StoredAnswer, "messages">)[] = [];
  const keep = (addresses: readonly Address[], answer: NewAnswer | undefined): void => {
    if (answer === undefined) return;
    const about = addresses.flatMap(({ row }) => messages[row - 1] ?? []);
    answers.push({ ...answer, messages: about });
  };
  const take = (message: IncomingMessage): Address => {
    accepted.push(message);
    const row = messages.length + 1;
    const address: Address = { atMs: startMs + row, jobDb: 1, row, nonce: row * 7 };
    messages.push({ ...message, address, payload: Uint8Array.from(message.payload) });
    return address;
  };
  const intake: Intake = {
    accept: async (message, answer) => {
      await wait();
      check();
      const address = take(message);
      keep([address], answer);
      return address;
    },
    acceptAll: async (together, answer) => {
      await wait();
      check();
      const addresses = together.map((message) => take(message));
      keep(addresses, answer);
      return addresses;
    },
    accepting: () => failure === undefined,
    resend: async (asked) => {
      await wait();
      check();
      resends.push(...asked);
    },
    erasePayload: async (address) => {
      check();
      const at = messages.findIndex((row) => sameAddress(row.address, address));
      const message = messages[at];
      if (message !== undefined) messages[at] = { ...message, payload: undefined };
    },
    eraseResponse: async (address) => {
      check();
      const at = attempts.findIndex((row) => sameAddress(row.address, address));
      const attempt = attempts[at];
      if (attempt !== undefined) attempts[at] = { ...attempt, response: new Uint8Array() };
    },
  };

  const deliveriesTo = (endpoint: EndpointKey): DeliveredMessage[] =>
    messages.flatMap((message) =>
      deliveriesOf(message, attempts)
        .filter((delivery) => delivery.endpoint === endpoint)
        .map((delivery) => ({ ...message, delivery })),
    );
  const countsWithin = (endpoint: EndpointKey, span: CountQuery): DeliveryCounts | undefined => {
    spans.push(span);
    return tooManyToCount ? undefined : countsOf(deliveriesTo(endpoint));
  };
  const history: History = {
    isResent: async ({ message, endpoint, asker }) =>
      resends.some(
        (each) =>
          each.message.row === message.row &&
          each.endpoint === endpoint &&
          each.asker !== undefined &&
          Buffer.compare(each.asker, asker) === 0,
      ),
    answersSince: async function* none() {},
    answer: async (hash) => answers.findLast((row) => Buffer.compare(row.hash, hash) === 0),
    message: async (application, address) =>
      messages.find((row) => row.application === application && sameAddress(row.address, address)),
    messageOfEvent: async (application, eventId) =>
      messages.find((row) => row.application === application && row.eventId === eventId),
    messages: async (application, query) => {
      queries.push(query);
      return pageOf(
        messages.filter((row) => row.application === application),
        query,
      );
    },
    attemptsOfMessage: async (message, query) => {
      queries.push(query);
      return pageOf(
        attempts.filter((row) => sameAddress(row.message, message)),
        query,
      );
    },
    attemptsOfEndpoint: async (endpoint, query) => {
      queries.push(query);
      return pageOf(
        attempts.filter((row) => row.endpoint === endpoint),
        query,
      );
    },
    attempt: async (message, address) =>
      attempts.find(
        (row) =>
          sameAddress(row.message, message) && attemptIdOf(row.address) === attemptIdOf(address),
      ),
    deliveriesOfMessage: async (address, page) => {
      const message = messages.find((row) => sameAddress(row.address, address));
      return message === undefined ? [] : recipientsPage(deliveriesOf(message, attempts), page);
    },
    deliveriesOfEndpoint: async (endpoint, query) => {
      queries.push(query);
      const rows = deliveriesTo(endpoint).filter(
        ({ delivery }) => query.state === undefined || delivery.state === query.state,
      );
      return pageOf(rows, query);
    },
    missingMessages: async () => [],
    countWaitingResends: async () => 0,
    waitingMessages: async () => [],
    countDeliveries: async (endpoint, span) => countsWithin(endpoint, span),
    countWaiting: async (endpoint, span) => countsWithin(endpoint, span)?.waiting,
  };

  const controlReader: ControlReader = {
    application: (organization, name) =>
      applications.find(
        (row) => row.organization === organization && (row.id === name || row.uid === name),
      ),
    applications: (organization, page) =>
      controlPageOf(
        applications.filter((row) => row.organization === organization),
        page,
        ({ id }) => id,
      ),
    operationalApplication: () => undefined,
    operationalSinceMs: () => Infinity,
    customer: (key) => applications.find((row) => row.key === key),
    customerOfEndpoint: (key) => {
      const owner = endpoints.find((row) => row.key === key)?.application;
      return applications.find((row) => row.key === owner);
    },
    endpoint: (application, name) =>
      endpoints.find(
        (row) => row.application === application && (row.id === name || row.uid === name),
      ),
    endpoints: (application, page) =>
      controlPageOf(
        endpoints.filter((row) => row.application === application),
        page,
        ({ id }) => id,
      ),
    endpointIdOf: (key) => {
      const endpoint = endpoints.find((row) => row.key === key);
      assert(endpoint !== undefined, "an endpoint of the fake");
      return endpoint.id;
    },
    endpointHeaders: () => ({}),
    endpointSecret: (key) => secrets.get(key) ?? `whsec_${"A".repeat(32)}`,
    eventType: (organization, name) =>
      eventTypes.find((row) => row.organization === organization && row.name === name),
    eventTypes: (organization, page) =>
      controlPageOf(
        eventTypes.filter(
          (row) => row.organization === organization && (page.includeArchived || !row.archived),
        ),
        page,
        ({ name }) => name,
      ),
    backgroundTask: () => undefined,
    backgroundTasks: () => [],
    runningTasks: () => [],
    apiKey: (secret) => apiKeys.get(secret),
    apiKeys: (organization, page) =>
      controlPageOf(
        [...apiKeys.values()].filter((row) => row.organization === organization),
        page,
        ({ id }) => id,
      ),
    isTokenRevoked: (signed) => revokedTokens.has(signed),
    accessVersion: () => accessVersion,
    subscriptions: (application) =>
      endpoints
        .filter((row) => row.application === application)
        .map((row) => ({
          endpoint: row.key,
          disabled: row.disabled,
          eventTypes: row.eventTypes && new Set(row.eventTypes),
          channels: row.channels && new Set(row.channels),
        })),
  };

  const controlWriter: ControlWriter = {
    ...inMemoryAnswers(() => controlWriter),
    createApplication: async (organization, input, getIfExists) => {
      check();
      const taken = applications.find(
        (row) =>
          row.organization === organization && row.uid === input.uid && row.uid !== undefined,
      );
      if (taken !== undefined && getIfExists) return { application: taken, created: false };
      if (taken !== undefined) throw new PosthornError("conflict", "the uid is taken");
      const row = applications.length + 1;
      const application: Application = {
        ...input,
        organization,
        key: applicationKeyOf(row),
        id: applicationIdOf(startMs + row, bytesOf(row)),
        createdAtMs: startMs,
        updatedAtMs: startMs,
      };
      applications.push(application);
      return { application, created: true };
    },
    createEndpoint: async (application, input) => {
      check();
      const row = endpoints.length + 1;
      const { secret, basicAuth, tls, ...fields } = input;
      assert(tls === undefined, "the fake has no TLS settings");
      const endpoint: Endpoint = {
        ...fields,
        hasBasicAuth: basicAuth !== undefined,
        handPause: undefined,
        tls: undefined,
        application,
        key: endpointKeyOf(row),
        id: endpointIdOf(startMs + row, bytesOf(row)),
        createdAtMs: startMs,
        updatedAtMs: startMs,
      };
      if (secret !== undefined) secrets.set(endpoint.key, secret);
      endpoints.push(endpoint);
      return endpoint;
    },
    createEventType: async (organization, input) => {
      check();
      if (controlReader.eventType(organization, input.name) !== undefined) {
        throw new PosthornError("conflict", "the name is taken");
      }
      const eventType = { ...input, organization, createdAtMs: startMs, updatedAtMs: startMs };
      eventTypes.push(eventType);
      return eventType;
    },
    ...unchangeable,
    disableEndpoint: async () => {},
    createApiKey: async (organization, input) => {
      check();
      accessVersion += 1;
      const apiKey = {
        ...input,
        organization,
        application: applications.find(({ key }) => key === input.application)?.id,
        id: apiKeyIdOf(startMs + accessVersion, bytesOf(accessVersion)),
        createdAtMs: startMs,
      };
      const secret = `pk_${String(accessVersion).padStart(45, "0")}`;
      apiKeys.set(secret, apiKey);
      return { apiKey, secret };
    },
    deleteApiKey: async (organization, id) => {
      check();
      accessVersion += 1;
      const found = [...apiKeys].find(
        ([, row]) => row.organization === organization && row.id === id,
      );
      return found !== undefined && apiKeys.delete(found[0]);
    },
    revokeToken: async (signed) => {
      check();
      accessVersion += 1;
      revokedTokens.add(signed);
    },
  };

  return {
    intake,
    disk: { assertRoom: () => undefined },
    queues: inMemoryQueues(check, startMs),
    isTracing: true,
    activity: new ActivityFeed(),
    traffic: new TrafficMeter({
      nowMs: () => startMs,
      organizationOf: (key) => applications.find((each) => each.key === key)?.organization,
    }),
    history,
    controlReader,
    controlWriter,
    ...noRecords,
    accepted,
    attempts,
    resends,
    queries,
    spans,
    countsTooMany: (tooMany) => void (tooManyToCount = tooMany),
    failWith: (code) => void (failure = code),
    beforeAccept: (waiting) => {
      wait = waiting;
    },
  };
}

function sameAddress(left: Address, right: Address): boolean {
  return messageIdOf(left) === messageIdOf(right);
}
