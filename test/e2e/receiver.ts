import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import type { Arrival } from "./delivery-checker.ts";

/** How a receiver treats what arrives. All but `hanging` answer. */
export type Behaviour =
  | { readonly kind: "healthy" }
  | { readonly kind: "slow"; readonly delayMs: number }
  | { readonly kind: "flaky"; readonly refuses: Refuses }
  | { readonly kind: "failing" }
  | { readonly kind: "hanging" };

/** Whether to answer 500. `arrivals` counts how often this message has arrived here, from 1. */
export type Refuses = (messageId: string, arrivals: number) => boolean;

/**
 * A webhook receiver as a customer would have it: reads the body, verifies the signature with the official library,
 * answers. Every complete request is told before it is answered.
 */
export class Receiver {
  readonly name: string;
  readonly #tell: (arrival: Arrival) => void;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #arrivals = new Map<string, number>();
  #behaviour: Behaviour;
  #port = 0;
  #verifier: Webhook | undefined;
  #quiet: PromiseWithResolvers<void> | undefined;

  constructor(name: string, behaviour: Behaviour, tell: (arrival: Arrival) => void) {
    this.name = name;
    this.#behaviour = behaviour;
    this.#tell = tell;
    this.#server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
      this.#receive(request, response);
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => {
        this.#sockets.delete(socket);
        if (this.#sockets.size === 0) this.#quiet?.resolve();
      });
    });
  }

  /** Known once it has started. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/hooks/${this.name}`;
  }

  async start(): Promise<void> {
    const listening = Promise.withResolvers<void>();
    this.#server.once("error", listening.reject);
    this.#server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    const address = this.#server.address();
    if (typeof address === "object" && address !== null) this.#port = address.port;
  }

  /** Closes the port and every connection: from now on connections are refused. */
  async stop(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => {
      closed.resolve();
    });
    this.#server.closeAllConnections();
    await closed.promise;
  }

  /** From now on; requests that hang go on hanging until the sender gives up. */
  behave(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
  }

  /** The endpoint's secret, `whsec_…`, as the server gave it. Without it every arrival counts as unsigned. */
  trust(secret: string): void {
    this.#verifier = new Webhook(secret);
  }

  /** Resolves when no connection is open: whatever a dead server had sent has then been read and told. */
  async quiet(): Promise<void> {
    if (this.#sockets.size === 0) return;
    this.#quiet = Promise.withResolvers();
    await this.#quiet.promise;
    this.#quiet = undefined;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    // A sender that dies in the middle has delivered nothing: there is nothing to tell.
    request.on("error", () => undefined);
    request.on("end", () => {
      this.#tellAndAnswer(request, Buffer.concat(chunks), response);
    });
  }

  #tellAndAnswer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const messageId = String(request.headers["webhook-id"]);
    const accepts = this.#accepts(messageId);
    this.#tell({
      endpoint: this.name,
      messageId,
      bodyHash: bodyHashOf(body),
      signature: this.#signatureOf(request, body),
      answer: accepts ? "accepted" : "refused",
      atMs: performance.timeOrigin + performance.now(),
    });
    const answer = (): void => {
      response.writeHead(accepts ? 200 : 500, { "content-length": 0 }).end();
    };
    if (this.#behaviour.kind === "slow") setTimeout(answer, this.#behaviour.delayMs);
    else if (this.#behaviour.kind !== "hanging") answer();
  }

  #accepts(messageId: string): boolean {
    switch (this.#behaviour.kind) {
      case "healthy":
      case "slow":
        return true;
      case "failing":
      case "hanging":
        return false;
      case "flaky": {
        const arrivals = (this.#arrivals.get(messageId) ?? 0) + 1;
        this.#arrivals.set(messageId, arrivals);
        return !this.#behaviour.refuses(messageId, arrivals);
      }
    }
  }

  #signatureOf(request: IncomingMessage, body: Buffer): Arrival["signature"] {
    if (this.#verifier === undefined) return "invalid";
    try {
      const headers = {
        "webhook-id": String(request.headers["webhook-id"]),
        "webhook-timestamp": String(request.headers["webhook-timestamp"]),
        "webhook-signature": String(request.headers["webhook-signature"]),
      };
      this.#verifier.verify(body, headers, { jsonParse: false });
      return "valid";
    } catch (error) {
      if (error instanceof WebhookVerificationError) return "invalid";
      throw error;
    }
  }
}

/** What tells one body from another: SHA-256 of its bytes. */
export function bodyHashOf(body: Uint8Array | string): string {
  return hash("sha256", body, "base64");
}
