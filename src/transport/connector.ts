/**
 * Connects the sockets of one endpoint, in place of undici's connector, which hands names to the operating system and
 * literal addresses to nobody:
 *
 *                              literal ────────┐
 *   check scheme, host and port ──▶ resolve ──▶ check every address ──▶ dial one ──▶ (TLS) ──▶ check where it ended ──▶ undici
 *
 * Where the operator has an egress proxy, dialling is asking that for the address, and where it ended is the proxy's word.
 *
 * One bad address among good ones refuses them all. A guard in a lookup hook was rejected: undici asks it for names only,
 * and 99 of 151 bad URLs got through one.
 */
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { buildConnector } from "undici";
import type { ApplicationKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { AddressGuard } from "./address-guard/address-guard.ts";
import { parseIpAddress } from "./address-guard/ip-address.ts";
import { ConnectError } from "./connect-error.ts";
import type { ConnectLine, ConnectTurns } from "./connect-turns.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import { openTunnel } from "./proxy-tunnel.ts";
import type { ResolveName } from "./resolve-name.ts";
import type { SecureContexts, TlsIdentity } from "./secure-contexts.ts";
import { tlsFailureOf } from "./tls-failure.ts";

export interface ConnectorOptions {
  readonly guard: Pick<AddressGuard, "checkAddress" | "reasonAgainst">;
  readonly resolveName: ResolveName;
  readonly turns: ConnectTurns;
  readonly secureContexts: SecureContexts;
  /** Undefined: connections are made directly. */
  readonly egressProxy: EgressProxy | undefined;
  /** From resolving, when its turn has come, to the end of the TLS handshake. */
  readonly connectTimeoutMs: number;
  readonly resolveTimeoutMs: number;
}

/** Whose connections they are. */
export interface ConnectorOwner {
  /** Undefined: the operator's own. */
  readonly application?: ApplicationKey;
  /** Of the endpoint's own; undefined: everybody's authorities, and no client certificate. */
  readonly identity?: TlsIdentity | undefined;
}

const tcpKeepAliveMs = 60_000;

/** For one endpoint, origin and TLS identity: sessions and name resolutions are shared within, never beyond. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #identity: TlsIdentity | undefined;
  readonly #line: ConnectLine;
  readonly #running = new Set<AbortController>();
  #closed = false;
  #resolving: Promise<readonly string[]> | undefined;
  /** How many dials have failed: which of several addresses is the next one's turn. */
  #failedDials = 0;
  #session: Buffer | undefined;

  constructor(options: ConnectorOptions, { application, identity }: ConnectorOwner = {}) {
    this.#options = options;
    this.#identity = identity;
    this.#line = options.turns.line(application);
  }

  /** What undici calls for a socket. Fails with `ConnectError` only. */
  readonly connect: buildConnector.connector = (target, callback) => {
    this.#line.push(() => this.#handOver(target, callback));
  };

  /** Ends everything under way; from then on every connect fails. Sockets that were handed over are undici's. */
  close(): void {
    this.#closed = true;
    this.#line.empty();
    for (const running of this.#running) running.abort(closedError());
  }

  /** Resolves to whether there is a connection. */
  async #handOver(
    target: buildConnector.Options,
    callback: buildConnector.Callback,
  ): Promise<boolean> {
    let socket: Socket;
    try {
      socket = await this.#connect(target);
    } catch (error) {
      callback(connectErrorOf(error), null);
      return false;
    }
    callback(null, socket);
    return true;
  }

  async #connect(target: buildConnector.Options): Promise<Socket> {
    if (this.#closed) throw closedError();
    const reason = this.#options.guard.reasonAgainst(target);
    if (reason !== undefined) throw new ConnectError("connection", reason);
    const onTimeout = (): ConnectError => new ConnectError("timeout", "connecting took too long");
    return this.#bounded(this.#options.connectTimeoutMs, onTimeout, async (signal) => {
      const address = await this.#addressToDial(target.hostname, signal);
      await this.#line.dialTurn();
      signal.throwIfAborted();
      const tunnel = await this.#tunnelTo(address, target, signal);
      const socket = this.#dial(address, target, tunnel);
      const secure = target.protocol === "https:";
      let reached = tunnel !== undefined;
      socket.once("connect", () => {
        reached = true;
      });
      try {
        if (secure) await once(socket, "secureConnect", { signal });
        else if (tunnel === undefined) await once(socket, "connect", { signal });
        if (tunnel === undefined) this.#check([socket.remoteAddress ?? ""], target.hostname);
        return socket;
      } catch (error) {
        socket.destroy();
        this.#failedDials += 1;
        signal.throwIfAborted();
        throw secure && reached ? handshakeErrorOf(error) : error;
      }
    });
  }

  /** The next of several addresses after each failure, so that a dead one doesn't stop every attempt. */
  async #addressToDial(hostname: string, signal: AbortSignal): Promise<string> {
    const literal = parseIpAddress(hostname) !== undefined;
    const addresses = literal ? [hostname] : await unlessAborted(this.#resolve(hostname), signal);
    this.#check(addresses, hostname);
    return addresses[this.#failedDials % addresses.length] ?? "";
  }

  #check(addresses: readonly string[], hostname: string): void {
    if (addresses.length === 0 || addresses.length > limits.resolvedAddressesMax) {
      throw new ConnectError("connection", `the name has ${addresses.length} addresses`);
    }
    for (const address of addresses) {
      const check = this.#options.guard.checkAddress(address, hostname);
      if (check.kind === "refused") {
        throw new ConnectError("connection", `the address ${address} is ${check.reason}`);
      }
    }
  }

  /** Whoever connects while a resolution is under way waits for the same one. */
  #resolve(hostname: string): Promise<readonly string[]> {
    const onTimeout = (): ConnectError =>
      new ConnectError("connection", `resolving ${hostname} took too long`);
    this.#resolving ??= this.#bounded(this.#options.resolveTimeoutMs, onTimeout, (signal) =>
      unlessAborted(this.#options.resolveName(hostname, signal), signal),
    ).finally(() => {
      this.#resolving = undefined;
    });
    return this.#resolving;
  }

  /** Undefined if the operator has no egress proxy. */
  async #tunnelTo(
    address: string,
    target: buildConnector.Options,
    signal: AbortSignal,
  ): Promise<Socket | undefined> {
    const { egressProxy } = this.#options;
    if (egressProxy === undefined) return undefined;
    try {
      const end = { address, port: portOf(target) };
      return await openTunnel(egressProxy, end, this.#options.secureContexts.of(undefined), signal);
    } catch (error) {
      this.#failedDials += 1;
      throw error;
    }
  }

  #dial(address: string, target: buildConnector.Options, tunnel: Socket | undefined): Socket {
    const socket =
      target.protocol === "https:"
        ? this.#dialTls(address, target, tunnel)
        : (tunnel ?? connectTcp({ host: address, port: portOf(target) }));
    socket.setNoDelay(true).setKeepAlive(true, tcpKeepAliveMs);
    // Between here and undici's own listener an error must not end the process; undici sees it in socket.errored. An alert
    // of TLS 1.3 after the handshake ends the socket without it, and undici would take that for a close.
    return socket.on("error", (error) => socket.destroy(error));
  }

  /** The certificate is checked against the name that was asked for, or against the address if there was none. */
  #dialTls(address: string, target: buildConnector.Options, tunnel: Socket | undefined): Socket {
    const named = parseIpAddress(target.hostname) === undefined;
    const socket = connectTls({
      host: address,
      ...(tunnel === undefined ? { port: portOf(target) } : { socket: tunnel }),
      ...(named ? { servername: target.hostname.replace(/\.$/, "") } : {}),
      ...(this.#session === undefined ? {} : { session: this.#session }),
      ALPNProtocols: ["http/1.1"],
      secureContext: this.#options.secureContexts.of(this.#identity),
      rejectUnauthorized: true, // said, as an environment variable could turn the default off
    });
    return socket.on("session", (session) => {
      this.#session = session;
    });
  }

  async #bounded<Result>(
    timeoutMs: number,
    onTimeout: () => ConnectError,
    run: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const controller = new AbortController();
    this.#running.add(controller);
    const timer = setTimeout(() => controller.abort(onTimeout()), timeoutMs);
    try {
      return await run(controller.signal);
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
    }
  }
}

function portOf({ protocol, port }: buildConnector.Options): number {
  return Number(port || (protocol === "https:" ? 443 : 80));
}

/** After TCP is up, whatever is not the network's fault is the handshake's. */
function handshakeErrorOf(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const network =
    error instanceof ConnectError || /^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/.test(code);
  return network ? error : new ConnectError(tlsFailureOf(code), "TLS failed", { cause: error });
}

function connectErrorOf(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  return new ConnectError("connection", "there is no connection", { cause: error });
}

function closedError(): ConnectError {
  return new ConnectError("connection", "the transport is closed");
}

/** Stops waiting for the promise when the signal aborts; then fails with the signal's reason. */
async function unlessAborted<Result>(
  promise: Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
