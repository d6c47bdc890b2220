/** The API over a backend in memory, and one call to ask it with. */
import { createSecretKey } from "node:crypto";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { pino } from "pino";
import { createApi, type ApiOptions } from "../../src/api/api.ts";
import { RequestMeter } from "../../src/api/request-meter.ts";
import { createToken } from "../../src/api/create-token.ts";
import { limits } from "../../src/core/limits.ts";
import { inMemoryInspector } from "./in-memory-inspector.ts";
import { createBackend, startMs, type Backend } from "./in-memory-backend.ts";

export const jwtSecret = "a secret of at least thirty-two characters";

export const jwtKeys = {
  secret: createSecretKey(jwtSecret, "utf8"),
  hmacAlgorithm: "HS256",
  publicKey: undefined,
} as const;

/** As by default. */
export const intakeRules = {
  bulkShare: limits.bulkShareDefault,
  applicationRate: undefined,
  organizationRate: undefined,
  burstMs: limits.ingestBurstMsDefault,
} as const;

export interface TestApi {
  readonly server: FastifyInstance;
  readonly backend: Backend;
  /** Of the organisation `org_1`. */
  readonly token: string;
  /** What was logged, one JSON text each. */
  readonly log: string[];
  /** As `org_1`, or whose token is given; a body that is no text or bytes goes as JSON. */
  ask(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD",
    url: string,
    body?: unknown,
    token?: string,
  ): Promise<LightMyRequestResponse>;
}

export function tokenOf(organization: string, application?: string): Promise<string> {
  return createToken(jwtKeys, {
    organization,
    application,
    nowMs: startMs,
    expiresInSeconds: 3600,
  });
}

export async function createTestApi(options: Partial<ApiOptions> = {}): Promise<TestApi> {
  const backend = createBackend();
  const log: string[] = [];
  const server = createApi({
    ...backend,
    inspections: inMemoryInspector(),
    checkUrl: (text) =>
      /^https?:\/\/[^/]+\.example(\/|$)/.test(text)
        ? { kind: "ok" }
        : { kind: "refused", reason: "expected a URL under .example" },
    jwtKeys,
    storage: {
      jobDbs: undefined,
      freeBytes: undefined,
      setAside: 0,
      archived: 0,
      archivedBytes: 0,
      archiveFailures: 0,
      dropped: 0,
    },
    dashboard: { find: async () => undefined },
    portal: { name: "Webhooks", color: undefined, logo: undefined, frameAncestors: [] },
    nowMs: () => startMs,
    metrics: { token: undefined, text: () => "" },
    requests: new RequestMeter(),
    intakeRules,
    connectionRules: {
      clientOf: (address) => address,
      perClientMax: 1_000,
      answerGraceMs: limits.answerGraceMs,
    },
    isTrustedProxy: () => false,
    corsOrigins: new Set(),
    publicUrl: () => "https://posthorn.example",
    logger: pino({ level: "info" }, { write: (line: string) => void log.push(line) }),
    ...options,
  });
  const ownToken = await tokenOf("org_1");
  return {
    server,
    backend,
    token: ownToken,
    log,
    ask: (method, url, body, token = ownToken) => {
      const authorization = `Bearer ${token}`;
      if (body === undefined) {
        return server.inject({ method, url, headers: { authorization } });
      }
      return server.inject({
        method,
        url,
        headers: { authorization, "content-type": "application/json" },
        payload: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      });
    },
  };
}
