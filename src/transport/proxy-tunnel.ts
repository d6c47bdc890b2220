/**
 * A connection through the operator's proxy: by CONNECT (RFC 9110 section 9.3.6) or SOCKS5 (RFC 1928, 1929), to an address that was
 * checked here. A name is never handed over, so what the proxy's own resolver would say doesn't matter.
 */
import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";
import { limits } from "../core/limits.ts";
import { parseIpAddress } from "./address-guard/ip-address.ts";
import { ConnectError } from "./connect-error.ts";
import type { EgressProxy, ProxyCredentials } from "./egress-proxy.ts";

export interface TunnelEnd {
  /** As `parseIpAddress` reads it. */
  readonly address: string;
  readonly port: number;
}

/**
 * Resolves when bytes go to and fro; until then the signal ends it. Whatever goes wrong is a failed connection.
 *
 * @param secureContext for the way to the proxy
 */
export async function openTunnel(
  proxy: EgressProxy,
  end: TunnelEnd,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = dialProxy(proxy, secureContext);
  socket.on("error", () => undefined); // once(…) tells of it while somebody waits, and undici afterwards
  const gone = new AbortController();
  const hangUp = (): void => gone.abort(new ConnectError("connection", "the proxy hung up"));
  socket.once("end", hangUp).once("close", hangUp);
  const until = AbortSignal.any([signal, gone.signal]);
  try {
    await once(socket, proxy.protocol === "https:" ? "secureConnect" : "connect", {
      signal: until,
    });
    const reader = new TunnelReader(socket, until);
    if (proxy.protocol === "socks5:") await askSocks(socket, reader, end, proxy.credentials);
    else await askConnect(socket, reader, end, proxy.credentials);
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw error;
  } finally {
    socket.off("end", hangUp).off("close", hangUp);
  }
}

function dialProxy({ protocol, host, port }: EgressProxy, secureContext: SecureContext): Socket {
  if (protocol !== "https:") return connectTcp({ host, port });
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ host, port, ...servername, secureContext, rejectUnauthorized: true });
}

async function askConnect(
  socket: Socket,
  reader: TunnelReader,
  { address, port }: TunnelEnd,
  credentials: ProxyCredentials | undefined,
): Promise<void> {
  const authority = `${address.includes(":") ? `[${address}]` : address}:${port}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (credentials !== undefined) {
    const basic = Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64");
    lines.push(`Proxy-Authorization: Basic ${basic}`);
  }
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(await reader.readHead())?.[1];
  if (status?.startsWith("2") !== true) throw refusal(`answers ${status ?? "no HTTP"}`);
}

const socksVersion = 5;
const addressKinds = { 4: 1, 6: 4 } as const;
const addressBytes: Readonly<Record<number, number>> = { 1: 4, 4: 16 };

async function askSocks(
  socket: Socket,
  reader: TunnelReader,
  { address, port }: TunnelEnd,
  credentials: ProxyCredentials | undefined,
): Promise<void> {
  const method = credentials === undefined ? 0 : 2;
  socket.write(Buffer.from([socksVersion, 1, method]));
  const [, chosen] = await reader.read(2);
  if (chosen !== method) throw refusal("takes no such authentication");
  if (credentials !== undefined) {
    const [user, password] = [Buffer.from(credentials.user), Buffer.from(credentials.password)];
    socket.write(Buffer.from([1, user.length, ...user, password.length, ...password]));
    const [, verdict] = await reader.read(2);
    if (verdict !== 0) throw refusal("refuses the credentials");
  }
  const { family, value } = parseIpAddress(address) ?? { family: 4, value: 0n };
  const hex = value.toString(16).padStart(family === 4 ? 8 : 32, "0");
  const place = [...Buffer.from(hex, "hex"), port >> 8, port & 255];
  socket.write(Buffer.from([socksVersion, 1, 0, addressKinds[family], ...place]));
  const [, reply, , kind = 0] = await reader.read(4);
  if (reply !== 0) throw refusal(`answers ${reply}`);
  const bytes = addressBytes[kind] ?? Number((await reader.read(1))[0]); // else a name, by its length
  await reader.read(bytes + 2);
}

function refusal(what: string): ConnectError {
  return new ConnectError("connection", `the proxy ${what}`);
}

/** Reads no more than it is asked for, so that what follows is the endpoint's. */
class TunnelReader {
  readonly #socket: Socket;
  readonly #until: AbortSignal;

  constructor(socket: Socket, until: AbortSignal) {
    this.#socket = socket;
    this.#until = until;
  }

  async read(count: number): Promise<Uint8Array> {
    for (;;) {
      const bytes = this.#socket.read(count) as Buffer | null; // no encoding is set
      if (bytes !== null && bytes.length === count) return bytes;
      await once(this.#socket, "readable", { signal: this.#until });
    }
  }

  /** Up to the empty line. Byte by byte: a head has some hundred. */
  async readHead(): Promise<string> {
    const bytes: number[] = [];
    while (bytes.length < limits.answerHeaderBytesMax) {
      bytes.push(...(await this.read(1)));
      if (bytes.at(-1) === 0x0a && Buffer.from(bytes.slice(-4)).equals(emptyLine)) {
        return Buffer.from(bytes).toString("latin1");
      }
    }
    throw refusal("answers with too much");
  }
}

const emptyLine = Buffer.from("\r\n\r\n");
