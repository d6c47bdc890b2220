/**
 * A connection pool for every endpoint that is sent to, so that no endpoint's socket ever serves another and none can
 * take another's connections. At most `limits.connectionPoolsMax`: the least recently used idle one makes room. Pools
 * that are in use are never closed for that; there are at most as many as there are open attempts.
 *
 *     in use ◀──attempt── idle ──after its connections are closed──▶ resting: its connector alone is kept ──attempt──▶ in use
 *
 * undici's part takes 22 KiB without any connection, and the connector has what is worth keeping: the TLS session.
 */
import { type buildConnector, Client, Pool } from "undici";
import type { ApplicationKey, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { AnswerTurns } from "./answer-turns.ts";
import { Connector, type ConnectorOptions } from "./connector.ts";
import { IdleTimes } from "./idle-times.ts";
import type { TlsIdentity } from "./secure-contexts.ts";

/** What all connections of a pool have in common: with another target the endpoint gets another pool. */
export interface PoolTarget {
  readonly application: ApplicationKey;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly tlsIdentity: TlsIdentity | undefined;
}

export interface EndpointPool extends PoolTarget {
  readonly endpoint: EndpointKey;
  readonly dispatcher: Pool;
  readonly connector: Connector;
}

type RestingPool = PoolTarget & Pick<EndpointPool, "connector">;

export class EndpointPools {
  readonly #connectorOptions: ConnectorOptions;
  readonly #answerTurns = new AnswerTurns();
  readonly #idleTimes = new IdleTimes();
  /** The pool that each endpoint's next attempt uses. */
  readonly #current = new Map<EndpointKey, EndpointPool>();
  /** Of all pools that are in use, how many attempts each has; replaced ones too. */
  readonly #attempts = new Map<EndpointPool, number>();
  /** Current pools without attempts, the least recently used first, and since when. */
  readonly #idle = new Map<EndpointPool, number>();
  /** What is left of pools that were idle for long, the longest first. */
  readonly #resting = new Map<EndpointKey, RestingPool>();
  readonly #timer: NodeJS.Timeout;

  constructor(connectorOptions: ConnectorOptions) {
    this.#connectorOptions = connectorOptions;
    this.#timer = setInterval(() => this.rest(performance.now()), limits.poolIdleMs).unref();
  }

  /** Whether there is a pool for the endpoint's next attempt, of whatever target. */
  has(endpoint: EndpointKey): boolean {
    return this.#current.has(endpoint);
  }

  /** For one attempt; give it back with `release`. */
  acquire(endpoint: EndpointKey, target: PoolTarget): EndpointPool {
    const current = this.#current.get(endpoint);
    const pool =
      current !== undefined && isSame(current, target)
        ? current
        : this.#replace(endpoint, target, current);
    this.#idle.delete(pool);
    this.#attempts.set(pool, (this.#attempts.get(pool) ?? 0) + 1);
    return pool;
  }

  release(pool: EndpointPool): void {
    const attempts = this.#attempts.get(pool);
    if (attempts === undefined) return; // closed meanwhile
    if (attempts > 1) {
      this.#attempts.set(pool, attempts - 1);
      return;
    }
    this.#attempts.delete(pool);
    if (this.#current.get(pool.endpoint) === pool) this.#idle.set(pool, performance.now());
    else void destroy(pool);
  }

  /** Closes what has been idle for `limits.poolIdleMs`, but for its connector. */
  rest(nowMs: number): void {
    for (const [pool, sinceMs] of this.#idle) {
      if (nowMs - sinceMs < limits.poolIdleMs) return;
      this.#idle.delete(pool);
      this.#current.delete(pool.endpoint);
      const { endpoint, application, origin, tlsIdentity, connector, dispatcher } = pool;
      this.#resting.set(endpoint, { application, origin, tlsIdentity, connector });
      void dispatcher.destroy();
      const [oldest] = this.#resting.keys();
      if (this.#resting.size > limits.connectionPoolsMax && oldest !== undefined)
        this.#resting.delete(oldest);
    }
  }

  /** Destroys every socket; what is under way fails. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const pools = new Set([...this.#current.values(), ...this.#attempts.keys()]);
    this.#current.clear();
    this.#attempts.clear();
    this.#idle.clear();
    this.#resting.clear();
    await Promise.all(Array.from(pools, destroy));
  }

  #replace(
    endpoint: EndpointKey,
    { application, origin, tlsIdentity }: PoolTarget,
    old: EndpointPool | undefined,
  ): EndpointPool {
    if (old !== undefined && this.#idle.has(old)) this.#drop(old);
    if (old === undefined && this.#current.size >= limits.connectionPoolsMax) {
      const [oldest] = this.#idle.keys();
      if (oldest !== undefined) this.#drop(oldest);
    }
    const connector = this.#takeConnector(endpoint, { application, origin, tlsIdentity });
    const dispatcher = new Pool(origin, {
      connect: (target, callback) => {
        connector.connect(target, (...[error, socket]: buildConnector.CallbackArgs) => {
          if (error !== null) return callback(error, null);
          this.#answerTurns.watch(socket); // not in the connector: Node's own HTTP client reads in another way
          callback(null, socket);
        });
      },
      connections: limits.concurrencyPerEndpoint,
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: limits.answerHeaderBytesMax,
      factory: (server, options) => {
        const keepAliveTimeout = this.#idleTimes.next();
        const keepAliveMaxTimeout = keepAliveTimeout; // whatever the endpoint's Keep-Alive header says
        return new Client(server, { ...options, keepAliveTimeout, keepAliveMaxTimeout });
      },
    });
    const pool = { endpoint, application, origin, tlsIdentity, dispatcher, connector };
    this.#current.set(endpoint, pool);
    return pool;
  }

  #takeConnector(endpoint: EndpointKey, target: PoolTarget): Connector {
    const resting = this.#resting.get(endpoint);
    this.#resting.delete(endpoint);
    return resting !== undefined && isSame(resting, target)
      ? resting.connector
      : new Connector(this.#connectorOptions, {
          application: target.application,
          identity: target.tlsIdentity,
        });
  }

  #drop(pool: EndpointPool): void {
    this.#idle.delete(pool);
    this.#current.delete(pool.endpoint);
    void destroy(pool);
  }
}

function isSame(one: PoolTarget, other: PoolTarget): boolean {
  return (
    one.origin === other.origin && one.tlsIdentity?.fingerprint === other.tlsIdentity?.fingerprint
  );
}

async function destroy(pool: EndpointPool): Promise<void> {
  pool.connector.close();
  await pool.dispatcher.destroy();
}
