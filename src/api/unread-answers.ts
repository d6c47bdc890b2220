/**
 * Ends connections whose clients ask and don't read. Node bounds how long a request takes to come, and nobody how long its
 * answer takes to go: it stays in memory, and a socket's own timeout begins anew with every byte.
 *
 *     all gone ◀──────────────────────────────────────────────────────┐
 *        └──bytes wait──▶ waiting ──taken by the client─────────────────┘
 *                            └──the grace and the time for all bytes given meanwhile are over──▶ destroyed
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { limits } from "../core/limits.ts";

/** What counts of a socket. */
export interface Answering {
  readonly bytesWritten: number;
  readonly writableLength: number;
  destroy(): unknown;
}

interface Waiting {
  readonly sinceMs: number;
  /** What the client had taken by then. */
  readonly bytesTaken: number;
}

/** @param graceMs how long a client may take to read an answer, beside what its size allows */
export function endUnreadAnswers(server: Server, graceMs: number): void {
  const answers = new UnreadAnswers(graceMs);
  server.on("connection", (socket: Socket) => {
    answers.add(socket);
    socket.once("close", () => answers.remove(socket));
  });
  server.once("listening", () => {
    const looking = setInterval(
      () => answers.look(performance.now()),
      limits.requestTimeoutCheckMs,
    ).unref();
    server.once("close", () => clearInterval(looking));
  });
}

export class UnreadAnswers {
  readonly #graceMs: number;
  /** All connections; undefined: nothing waits. */
  readonly #connections = new Map<Answering, Waiting | undefined>();

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  add(connection: Answering): void {
    this.#connections.set(connection, undefined);
  }

  remove(connection: Answering): void {
    this.#connections.delete(connection);
  }

  /** To be called now and then; `nowMs` never goes back. */
  look(nowMs: number): void {
    for (const [connection, known] of this.#connections) {
      const waiting = waitingOf(connection, known, nowMs);
      if (waiting !== known) this.#connections.set(connection, waiting);
      if (waiting !== undefined && this.#isOver(connection, waiting, nowMs)) connection.destroy();
    }
  }

  #isOver({ bytesWritten }: Answering, { sinceMs, bytesTaken }: Waiting, nowMs: number): boolean {
    const seconds = (bytesWritten - bytesTaken) / limits.answerBytesPerSecondMin;
    return nowMs > sinceMs + this.#graceMs + seconds * 1_000;
  }
}

function waitingOf(
  { bytesWritten, writableLength }: Answering,
  known: Waiting | undefined,
  nowMs: number,
): Waiting | undefined {
  if (writableLength === 0) return undefined;
  return known ?? { sinceMs: nowMs, bytesTaken: bytesWritten - writableLength };
}
