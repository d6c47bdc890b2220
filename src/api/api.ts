/**
 * The inbound HTTP API, in the shapes of Svix's. A request goes through: routing, authentication, body (bounded,
 * UTF-8, JSON, not nested too deep), schema, handler. Routes are in one file per resource, and a further operation is one
 * more `server.route` there.
 */
import type { AddressInfo } from "node:net";
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
} from "fastify";
import type { Logger } from "pino";
import { assert, PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { archiveRoute } from "./archive.ts";
import { archiveReplayRoute } from "./archive-replay.ts";
import { arrivalRoutes } from "./arrival.ts";
import { auditLogRoute } from "./audit-log.ts";
import { backgroundTaskRoutes } from "./background-task.ts";
import { activityRoutes } from "./activity.ts";
import { type ConnectionRules, Connections } from "./connections.ts";
import { cancelMatchingRoutes } from "./cancel-matching.ts";
import { cancelQueueRoute } from "./cancel-queue.ts";
import { checkGivenSecret } from "./check-given-secret.ts";
import { apiKeyRoutes } from "./api-key.ts";
import { applicationRoutes } from "./application.ts";
import { attemptedDestinationsRoute } from "./attempted-destinations.ts";
import { attemptedMessagesRoute } from "./attempted-messages.ts";
import { authenticate, isStillAllowed } from "./authenticate.ts";
import { Authenticator, type JwtKeys } from "./authentication.ts";
import { answerOrigins } from "./cors.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { dashboardPage, type DashboardFiles } from "./dashboard.ts";
import { endpointHeadersRoutes } from "./endpoint-headers.ts";
import { endpointSecretRoutes } from "./endpoint-secret.ts";
import { endpointRoutes } from "./endpoint.ts";
import { endpointQueueRoute } from "./endpoint-queue.ts";
import { endpointStatsRoute } from "./endpoint-stats.ts";
import { erasureRoutes } from "./erasure.ts";
import { eventTypeRoutes } from "./event-type.ts";
import { expungeRoutes } from "./expunge.ts";
import { handPauseRoutes } from "./hand-pause.ts";
import { guidePages } from "./guide.ts";
import { healthRoutes } from "./health.ts";
import { IntakeGate, type IntakeGateOptions } from "./intake-gate.ts";
import { parseInstantMs } from "./instant.ts";
import { parseJsonBodies } from "./json-body.ts";
import { jobDbRoute } from "./job-db.ts";
import { JudgingTurns } from "./judging-turns.ts";
import { MessageAnswers } from "./message-answers.ts";
import { messageAttemptRoutes } from "./message-attempt.ts";
import { messageBatchRoutes } from "./message-batch.ts";
import { messageRoutes } from "./message.ts";
import { addOnlyWithRoom } from "./add-only-with-room.ts";
import { answerOnce } from "./once.ts";
import { type MetricsAccess, metricsRoute } from "./metrics.ts";
import type { RequestMeter } from "./request-meter.ts";
import { operationalEndpointPartsRoutes } from "./operational-endpoint-parts.ts";
import { operationalEndpointRoutes } from "./operational-endpoint.ts";
import { operationalEventSchemas } from "./operational-events.ts";
import { describeRoutes, openApiRoute } from "./openapi.ts";
import { HttpErrorOut, HTTPValidationError, ValidationErrorItem } from "./operation.ts";
import { overviewRoutes } from "./overview.ts";
import { type PortalLooks, portalPage } from "./portal.ts";
import { portalAccessRoutes } from "./portal-access.ts";
import { answerProblems, answerUnroutable } from "./problem-answers.ts";
import { Problem } from "./problem.ts";
import { probeRoute } from "./probe.ts";
import { convertQueries } from "./query-conversion.ts";
import { recoverRoute } from "./recover.ts";
import { replayRoutes } from "./replay.ts";
import { resendRoute } from "./resend.ts";
import { sessionRoutes } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { refuseUnsound } from "./sound-request.ts";
import { sendExampleRoute } from "./send-example.ts";
import { referencePage } from "./reference-page.ts";
import { UniqueEvents } from "./unique-events.ts";
import { wrongFieldsOf } from "./wrong-fields.ts";

export interface ApiOptions extends ApiContext {
  /** Whether an endpoint may have this URL. */
  readonly checkUrl: (text: string) => UrlCheck;
  /** What bearer tokens are signed and verified with. */
  readonly jwtKeys: JwtKeys;
  readonly dashboard: DashboardFiles;
  readonly portal: PortalLooks;
  readonly nowMs: () => number;
  readonly metrics: MetricsAccess;
  /** Told of every request. */
  readonly requests: RequestMeter;
  readonly logger: Logger;
  readonly intakeRules: IntakeGateOptions;
  readonly connectionRules: ConnectionRules;
  /** Whose `X-Forwarded-For` says who asked. */
  readonly isTrustedProxy: (address: string) => boolean;
  /** Whose pages may use the API. */
  readonly corsOrigins: ReadonlySet<string>;
  /** What links to this server begin with, without a slash at its end. */
  readonly publicUrl: () => string;
}

type UrlCheck =
  | { readonly kind: "ok" }
  /** `reason` is told to whoever asked: what was expected and what came. */
  | { readonly kind: "refused"; readonly reason: string };

export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

const drainPollMs = 50;

/** The API without a socket: routes, and `inject` for tests. */
export function createApi(options: ApiOptions): FastifyInstance {
  const logger: FastifyBaseLogger = options.logger;
  const connections = new Connections(options.connectionRules);
  const server = Fastify({
    ...validation(options.checkUrl),
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // One logger for all requests: a child of it for each would cost more than it tells.
    childLoggerFactory: (parent) => parent,
    trustProxy: options.isTrustedProxy,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.inboundIdleMs,
    http: {
      headersTimeout: limits.requestHeadersTimeoutMs,
      connectionsCheckingInterval: limits.requestTimeoutCheckMs,
      maxHeaderSize: limits.requestHeaderBytesMax,
      // Whatever the command line says: a lenient parser reads some requests otherwise than a proxy in front of it.
      insecureHTTPParser: false,
    },
    // Requests on connections that were open before are still answered while the server stops.
    return503OnClosing: false,
    clientErrorHandler: connections.answerUnreadable,
    // Answers are told whole: a serializer made of their schemas would leave out what these don't name.
    schemaController: {
      compilersFactory: { buildSerializer: () => () => (answer) => JSON.stringify(answer) },
    },
    frameworkErrors: answerUnroutable,
    // Schemas bound what is in a path, and say so.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: limits.requestHeaderBytesMax },
  });
  server.server.maxConnections = limits.inboundConnectionsMax;
  answerProblems(server, logger);
  connections.watch(server);
  refuseUnsound(server);
  answerOrigins(server, options.corsOrigins);
  server.addHook("onResponse", (request, reply, done) => {
    options.requests.answered(request, reply);
    done();
  });
  describeRoutes(server);
  void server.register((scope, _options, done) => {
    openApiRoute(scope);
    referencePage(scope);
    dashboardPage(scope, options.dashboard);
    guidePages(scope, options.dashboard);
    portalPage(scope, options.dashboard, options.portal);
    metricsRoute(scope, options.metrics);
    registerRoutes(scope, options);
    done();
  });
  return server;
}

/** Fastify's options of the schema validator: it judges, all fields at once, and changes nothing. */
function validation(
  checkUrl: ApiOptions["checkUrl"],
): Pick<FastifyServerOptions, "ajv" | "schemaErrorFormatter"> {
  const reasonOf = (format: string, text: string): string | undefined => {
    if (format !== "uri" && format !== "signing-secret") return undefined;
    const check = format === "uri" ? checkUrl(text) : checkGivenSecret(text);
    return check.kind === "refused" ? check.reason : undefined;
  };
  return {
    schemaErrorFormatter: (errors, part) =>
      Problem.wrongFields(wrongFieldsOf(errors, part, reasonOf)),
    ajv: {
      customOptions: {
        coerceTypes: false,
        useDefaults: false,
        removeAdditional: false,
        allErrors: true,
        verbose: true,
        allowUnionTypes: true,
      },
      onCreate: (ajv) => {
        ajv.addFormat("uri", (text: string) => reasonOf("uri", text) === undefined);
        ajv.addFormat("signing-secret", (text) => reasonOf("signing-secret", text) === undefined);
        ajv.addFormat("date-time", (text: string) => parseInstantMs(text) !== undefined);
      },
    },
  };
}

function registerRoutes(server: ApiServer, options: ApiOptions): void {
  for (const { schema } of [HttpErrorOut, ValidationErrorItem, HTTPValidationError])
    server.addSchema(schema);
  convertQueries(server);
  operationalEventSchemas(server);
  healthRoutes(server, options);
  const { jwtKeys, controlReader, nowMs } = options;
  const authenticator = new Authenticator(jwtKeys, controlReader, nowMs);
  const sessions = new Sessions(nowMs);
  void server.register((scope: ApiServer, _options, done) => {
    sessionRoutes(scope, { sessions, authenticator });
    done();
  });
  void server.register((scope: ApiServer, _options, done) => {
    const gate = { sessions, authenticator, controlReader };
    authenticate(scope, gate);
    addOnlyWithRoom(scope, options);
    answerOnce(scope);
    scope.decorateRequest("rawMember", undefined);
    parseJsonBodies(scope, "");
    applicationRoutes(scope, options);
    endpointRoutes(scope, options);
    endpointHeadersRoutes(scope, options);
    endpointSecretRoutes(scope, options);
    eventTypeRoutes(scope, options);
    const answers = new MessageAnswers(options);
    loadInBackground(scope, answers, options.logger);
    const acceptance = {
      events: new UniqueEvents(options),
      answers,
      gate: new IntakeGate(options, options.intakeRules),
      turns: new JudgingTurns(spacingMsOf(options.intakeRules)),
    };
    messageRoutes(scope, options, acceptance);
    messageBatchRoutes(scope, options, acceptance);
    messageAttemptRoutes(scope, options);
    expungeRoutes(scope, options);
    resendRoute(scope, options);
    recoverRoute(scope, options);
    replayRoutes(scope, options);
    archiveReplayRoute(scope, options);
    sendExampleRoute(scope, options, acceptance);
    backgroundTaskRoutes(scope, options);
    apiKeyRoutes(scope, options);
    portalAccessRoutes(scope, options);
    attemptedDestinationsRoute(scope, options);
    attemptedMessagesRoute(scope, options);
    endpointStatsRoute(scope, options);
    endpointQueueRoute(scope, options);
    overviewRoutes(scope, options);
    activityRoutes(scope, { ...options, isStillAllowed: isStillAllowed(gate) });
    jobDbRoute(scope, options);
    archiveRoute(scope, options);
    cancelQueueRoute(scope, options);
    cancelMatchingRoutes(scope, options);
    probeRoute(scope, options);
    handPauseRoutes(scope, options);
    arrivalRoutes(scope, options);
    auditLogRoute(scope, options);
    erasureRoutes(scope, options);
    operationalEndpointRoutes(scope, options);
    operationalEndpointPartsRoutes(scope, options);
    done();
  });
}

/** Between turns of bulk while others hand in a little. */
function spacingMsOf({ bulkShare }: ApiOptions["intakeRules"]): number {
  return Math.min(limits.judgingSpacingMs / bulkShare, limits.judgingSpacingMsMax);
}

/** Nobody waits for it: until it is done, history is asked. Not before listening, as JobDbs are being made until then. */
function loadInBackground(server: ApiServer, answers: MessageAnswers, logger: Logger): void {
  server.addHook("onListen", (done) => {
    answers.load().catch((err: unknown) => {
      logger.error({ err }, "could not read the answers that were kept: each key costs a search");
    });
    done();
  });
  server.addHook("preClose", (done) => {
    answers.stop();
    done();
  });
}

/**
 * Listens, and says where. Fails with `listen_failed`.
 */
export async function startApi(
  server: FastifyInstance,
  address: ListenAddress,
): Promise<AddressInfo> {
  try {
    await server.listen({ host: address.host, port: address.port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new PosthornError(
      "listen_failed",
      `can't listen on ${address.host}:${address.port} (${code}): is it taken, or not an address of this machine?`,
      { cause: error },
    );
  }
  const bound = server.server.address();
  assert(typeof bound === "object" && bound !== null, "a TCP server has an address");
  return bound;
}

/**
 * Takes no more connections, answers the requests that are under way, and closes each connection when it has nothing to
 * do, or when `withinMs` have passed: Node stops looking for slow requests once it is closing. Resolves
 * when all are closed; may be called again.
 */
export async function stopApi(server: FastifyInstance, withinMs: number): Promise<void> {
  const closed = server.close();
  // A connection that was busy at first and kept alive would otherwise hold up the end until it times out.
  const drain = setInterval(() => server.server.closeIdleConnections(), drainPollMs);
  const deadline = setTimeout(() => server.server.closeAllConnections(), withinMs);
  try {
    await closed;
  } finally {
    clearInterval(drain);
    clearTimeout(deadline);
  }
}
