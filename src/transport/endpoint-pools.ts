/**
 * A connection pool for every endpoint that is sent to, so that no endpoint's socket ever serves another and none can
 * take another's connections. At most `limits.connectionPoolsMax`: the least recently used idle one makes room. Pools
 * that are in use are never closed for that; there are at most as many as there are open attempts.
 */
import { type buildConnector, Pool } from "undici";
import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { AnswerTurns } from "./answer-turns.ts";
import { Connector, type ConnectorOptions } from "./connector.ts";
import type { TlsIdentity } from "./secure-contexts.ts";

/** What all connections of a pool have in common: with another target the endpoint gets another pool. */
export interface PoolTarget {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly tlsIdentity: TlsIdentity | undefined;
}

export interface EndpointPool extends PoolTarget {
  readonly endpoint: EndpointKey;
  readonly dispatcher: Pool;
  readonly connector: Connector;
}

export class EndpointPools {
  readonly #connectorOptions: ConnectorOptions;
  readonly #answerTurns = new AnswerTurns();
  /** The pool that each endpoint's next attempt uses. */
  readonly #current = new Map<EndpointKey, EndpointPool>();
  /** Of all pools that are in use, how many attempts each has; replaced ones too. */
  readonly #attempts = new Map<EndpointPool, number>();
  /** Current pools without attempts, the least recently used first. */
  readonly #idle = new Set<EndpointPool>();

  constructor(connectorOptions: ConnectorOptions) {
    this.#connectorOptions = connectorOptions;
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
    if (this.#current.get(pool.endpoint) === pool) this.#idle.add(pool);
    else void destroy(pool);
  }

  /** Destroys every socket; what is under way fails. */
  async close(): Promise<void> {
    const pools = new Set([...this.#current.values(), ...this.#attempts.keys()]);
    this.#current.clear();
    this.#attempts.clear();
    this.#idle.clear();
    await Promise.all(Array.from(pools, destroy));
  }

  #replace(
    endpoint: EndpointKey,
    { origin, tlsIdentity }: PoolTarget,
    old: EndpointPool | undefined,
  ): EndpointPool {
    if (old !== undefined && this.#idle.has(old)) this.#drop(old);
    if (old === undefined && this.#current.size >= limits.connectionPoolsMax) {
      const [oldest] = this.#idle;
      if (oldest !== undefined) this.#drop(oldest);
    }
    const connector = new Connector(this.#connectorOptions, tlsIdentity);
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
      keepAliveTimeout: limits.idleConnectionMs,
      keepAliveMaxTimeout: limits.idleConnectionMs, // whatever the endpoint's Keep-Alive header says
    });
    const pool = { endpoint, origin, tlsIdentity, dispatcher, connector };
    this.#current.set(endpoint, pool);
    return pool;
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
