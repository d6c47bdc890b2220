/** The outbound transport: signs an attempt and POSTs it over the endpoint's own connections. */
import type { SecureContext } from "node:tls";
import type { InspectedRequest } from "../core/arrival.ts";
import type { Outcome } from "../core/delivery.ts";
import { limits } from "../core/limits.ts";
import type { AttemptRequest, Destination, Transport } from "../director/ports.ts";
import type { AddressGuard } from "./address-guard/address-guard.ts";
import { Attempt } from "./attempt.ts";
import { ConnectTurns } from "./connect-turns.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import { EndpointPools } from "./endpoint-pools.ts";
import {
  dispatchToInspector,
  inspectedHeadersOf,
  type InspectorLine,
} from "./inspector-dispatch.ts";
import { prepareDestination, type PreparedDestination } from "./prepared-destination.ts";
import type { ResolveName } from "./resolve-name.ts";
import { SecureContexts } from "./secure-contexts.ts";
import { signatureOf } from "./signer.ts";

export interface SenderOptions {
  /** Where endpoints at the inspector are sent to. */
  readonly inspector: InspectorLine;
  readonly guard: AddressGuard;
  readonly resolveName: ResolveName;
  /** Of the endpoints that have no TLS settings of their own. */
  readonly secureContext: SecureContext;
  /** Undefined: connections are made directly. */
  readonly egressProxy: EgressProxy | undefined;
  /** The one deadline of an attempt, from resolving the name to the last byte of the answer. */
  readonly attemptTimeoutMs: number;
  /** Of the program, for the `user-agent`. */
  readonly version: string;
  /** Whether the `svix-*` names of the three headers are sent too. */
  readonly svixHeaders: boolean;
  /** Whether endpoints are told of the trace, by `traceparent`. */
  readonly traceEndpoints: boolean;
}

interface ToInspect extends Omit<InspectedRequest, "headers" | "timeoutMs"> {
  /** Names and values in turns. */
  readonly headers: readonly string[];
}

export class Sender implements Transport {
  readonly #options: SenderOptions;
  readonly #pools: EndpointPools;
  readonly #turns = new ConnectTurns();
  readonly #attempts = new Set<Attempt>();
  /** By identity: the LDB reader gives the same object while nothing has changed. */
  readonly #prepared = new WeakMap<Destination, PreparedDestination>();
  #closed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#pools = new EndpointPools({
      ...options,
      secureContexts: new SecureContexts(options.secureContext),
      connectTimeoutMs: options.attemptTimeoutMs,
      resolveTimeoutMs: limits.resolveTimeoutMs,
      turns: this.#turns,
    });
  }

  send(request: AttemptRequest): Promise<Outcome> {
    if (!request.destination.readable) {
      return Promise.resolve({ kind: "unanswered", reason: "unreadable-secret", durationMs: 0 });
    }
    const prepared = this.#closed ? undefined : this.#prepare(request.destination);
    const headers = prepared === undefined ? undefined : this.#headersOf(prepared, request);
    if (prepared === undefined || headers === undefined) {
      return Promise.resolve({ kind: "unanswered", reason: "connection", durationMs: 0 });
    }
    const { endpoint, application } = request.destination;
    const { answering, path } = prepared;
    const body = request.payload;
    if (answering !== undefined) {
      return this.#inspect({ application, endpoint, answering, headers, body });
    }
    this.#turns.noteSent(application);
    const pool = this.#pools.acquire(endpoint, prepared);
    return new Promise((resolve) => {
      const attempt = this.#begin((outcome) => {
        this.#pools.release(pool);
        resolve(outcome);
      });
      pool.dispatcher.dispatch({ method: "POST", path, headers, body }, attempt);
    });
  }

  costOf(destination: Destination): number {
    const isInspected = this.#prepared.get(destination)?.answering !== undefined;
    if (isInspected || this.#pools.has(destination.endpoint)) return 1;
    const isTls = destination.url.startsWith("https:");
    return isTls ? limits.firstTlsContactAttempts : limits.firstContactAttempts;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const attempt of this.#attempts) attempt.fail("connection");
    await this.#pools.close();
  }

  #inspect({ headers, ...request }: ToInspect): Promise<Outcome> {
    const { inspector, attemptTimeoutMs: timeoutMs } = this.#options;
    const inspected = { ...request, headers: inspectedHeadersOf(headers), timeoutMs };
    return new Promise((resolve) => {
      void dispatchToInspector(inspector, inspected, this.#begin(resolve));
    });
  }

  /** An attempt that `close` ends. */
  #begin(onSettled: (outcome: Outcome) => void): Attempt {
    const attempt = new Attempt(this.#options.attemptTimeoutMs, (settled, outcome) => {
      this.#attempts.delete(settled);
      onSettled(outcome);
    });
    this.#attempts.add(attempt);
    return attempt;
  }

  #prepare(destination: Destination): PreparedDestination | undefined {
    const known = this.#prepared.get(destination);
    if (known !== undefined) return known;
    const { guard, version } = this.#options;
    const prepared = prepareDestination(destination, guard, `Posthorn/${version}`);
    if (prepared !== undefined) this.#prepared.set(destination, prepared);
    return prepared;
  }

  /** Undefined if no secret is valid now: an unsigned request is worth nothing to its receiver. */
  #headersOf(prepared: PreparedDestination, request: AttemptRequest): string[] | undefined {
    const { messageId: id, atMs, payload } = request;
    const timestamp = Math.floor(atMs / 1000);
    const signature = signatureOf(prepared.keys, { id, timestamp, payload }, atMs);
    if (signature === "") return undefined;
    const seconds = String(timestamp);
    const headers = [...prepared.headers, "webhook-id", id, "webhook-timestamp", seconds];
    headers.push("webhook-signature", signature);
    if (this.#options.svixHeaders) {
      headers.push("svix-id", id, "svix-timestamp", seconds, "svix-signature", signature);
    }
    const { traceparent } = request;
    if (this.#options.traceEndpoints && traceparent !== undefined)
      headers.push("traceparent", traceparent);
    return headers;
  }
}
