/**
 * Bounds what answers of some size take in memory until their clients have taken them, all connections together. Each answer is bounded,
 * and so are connections and the requests on each; their product is not. Above the bound, whoever holds most is cut off, of
 * several the one that has waited longest.
 */
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { limits } from "../core/limits.ts";

interface Destroyable {
  destroy(): unknown;
}

/** Smaller answers are not counted, so that messages need not pay for it: 4,096 connections with 64 of them each are 1 GiB. */
export function boundHeldAnswers(server: FastifyInstance): HeldAnswers<Socket> {
  const held = new HeldAnswers<Socket>(limits.heldAnswerBytesMax);
  server.addHook("onSend", (request, reply, payload, done) => {
    const bytes = bytesOf(payload);
    const { socket } = request.raw;
    // Of a client that has hung up the answer is dropped at once, and nothing is told of it any more.
    if (bytes >= limits.heldAnswerBytesMin && !socket.destroyed) {
      reply.raw.once("close", () => held.taken(socket, bytes));
      held.give(socket, bytes);
    }
    done(null, payload);
  });
  return held;
}

/** A string's characters are counted, as counting its bytes takes time: at most a third of them. */
function bytesOf(payload: unknown): number {
  return typeof payload === "string" || payload instanceof Uint8Array ? payload.length : 0;
}

export class HeldAnswers<Connection extends Destroyable> {
  readonly #bytesMax: number;
  /** In the order in which they began to hold something. */
  readonly #held = new Map<Connection, number>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Of all that are not cut off. */
  get bytes(): number {
    return this.#bytes;
  }

  give(connection: Connection, bytes: number): void {
    this.#add(connection, bytes);
    while (this.#bytes > this.#bytesMax) this.#cutOffLargest();
  }

  /** By the client, or nobody waits for it any more. Nothing is left of a connection that was cut off. */
  taken(connection: Connection, bytes: number): void {
    if (this.#held.has(connection)) this.#add(connection, -bytes);
  }

  #add(connection: Connection, bytes: number): void {
    const left = (this.#held.get(connection) ?? 0) + bytes;
    this.#bytes += bytes;
    if (left > 0) this.#held.set(connection, left);
    else this.#held.delete(connection);
  }

  #cutOffLargest(): void {
    let largest: Connection | undefined;
    let most = 0;
    for (const [connection, bytes] of this.#held) {
      if (bytes > most) [largest, most] = [connection, bytes];
    }
    if (largest === undefined) return;
    this.#add(largest, -most);
    largest.destroy();
  }
}
