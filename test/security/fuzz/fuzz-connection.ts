/** A connection of a fuzz: sends bytes as they are, and waits for so many answers, for the end, or for too long. */
import { connect, type Socket } from "node:net";
import { AnswerReader, type RawAnswer } from "./answer-reader.ts";

export interface Exchange {
  readonly answers: readonly RawAnswer[];
  /** How it ended: with all answers that were wanted, closed by the server, or neither in time. */
  readonly end: "answered" | "closed" | "late";
}

export class FuzzConnection {
  readonly #socket: Socket;
  readonly #reader = new AnswerReader();
  readonly #answers: RawAnswer[] = [];
  #closed = false;
  /** Why what came is no answer. */
  #unreadable: Error | undefined;
  #changed: () => void = () => undefined;

  constructor(port: number) {
    this.#socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (chunk) => {
      try {
        this.#answers.push(...this.#reader.read(chunk));
      } catch (error) {
        this.#unreadable = error as Error; // AnswerReader throws nothing else
      }
      this.#changed();
    });
    const closed = (): void => {
      this.#closed = true;
      this.#socket.destroy();
      this.#changed();
    };
    this.#socket.on("end", closed);
    this.#socket.on("close", closed);
    this.#socket.on("error", closed); // a server may cut off what it does not want
  }

  /** Whether more can be sent. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Sends what gets so many answers. */
  exchange(bytes: Buffer, count: number, limitMs: number): Promise<Exchange> {
    this.#socket.write(bytes);
    return this.#await(limitMs, () => this.#answers.length >= count);
  }

  /** Sends all that will ever come, and waits until the server has closed its half too. */
  finish(bytes: Buffer, limitMs: number): Promise<Exchange> {
    this.#socket.end(bytes);
    return this.#await(limitMs, () => false);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #await(limitMs: number, isDone: () => boolean): Promise<Exchange> {
    const { promise, resolve } = Promise.withResolvers<Exchange["end"]>();
    const look = (): void => {
      if (isDone()) resolve("answered");
      else if (this.#closed || this.#unreadable !== undefined) resolve("closed");
    };
    this.#changed = look;
    const timer = setTimeout(() => resolve("late"), limitMs);
    look();
    const end = await promise;
    clearTimeout(timer);
    this.#changed = () => undefined;
    if (this.#unreadable !== undefined) throw this.#unreadable;
    this.#closed ||= this.#answers.some(({ closes }) => closes);
    return { answers: this.#answers.splice(0), end };
  }
}
