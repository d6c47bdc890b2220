/**
 * How much of an answer is parsed at once. undici takes all that has come of it, and calls back for every header and chunk; of
 * headers that are too large it goes on to the end of the piece, with an error for each, which was most of 18 ms for 64 KiB
 * of trailers. A hundred endpoints that do so at once held the Director's thread for a second. So a socket gives its bytes in
 * small pieces, a few of them in a turn of the event loop, and none once it is destroyed:
 *
 *     bytes come ─▶ pieces of this turn ──bytes are left──▶ ring of sockets ──turn──▶ pieces of this turn …
 *                     │  └──none are left──▶ nothing waits
 *                     └──more than an answer may have──▶ destroyed
 *
 * What is called back for ends in a line feed, so pieces grow while hardly any come, and begin small again where they do: 64 KiB
 * of one body come in 19 pieces instead of 128. An answer of a few KiB is read at once.
 */
import { Link, LinkedRing } from "../core/linked-ring.ts";
import { limits } from "../core/limits.ts";
import { AnswerBounds, AnswerExcess } from "./answer-bounds.ts";

/** What counts of a socket. */
export interface Answerer {
  readonly destroyed: boolean;
  readonly readableLength: number;
  readonly bytesWritten: number;
  read(size?: number): Buffer | null;
  once(event: "close", act: () => void): unknown;
  emit(event: "readable"): unknown;
  destroy(error: Error): unknown;
}

export class AnswerTurns {
  /** Sockets with bytes that wait. */
  readonly #ring = new LinkedRing<() => void>();
  #turnIsDue = false;

  /** For a socket that nobody reads from yet. Each request is written before its answer comes. */
  watch(socket: Answerer): void {
    const bounds = new AnswerBounds();
    const read = socket.read.bind(socket);
    let piecesLeft: number = limits.answerPiecesPerTurn;
    let pieceBytes: number = limits.answerPieceBytes;
    const next = new Link(() => {
      piecesLeft = limits.answerPiecesPerTurn;
      socket.emit("readable");
    });
    socket.once("close", () => next.unlink());
    socket.read = (size?: number) => {
      if (socket.destroyed) return null;
      if (size !== undefined) return read(size); // Node itself, which starts reading so, and takes nothing
      const isLast = socket.readableLength <= pieceBytes;
      if (piecesLeft === 0 && !isLast) {
        this.#offer(next);
        return null;
      }
      piecesLeft = isLast ? limits.answerPiecesPerTurn : piecesLeft - 1;
      const piece = isLast ? read() : read(pieceBytes);
      if (piece === null) return null;
      if (bounds.isExceededBy(piece, socket.bytesWritten)) {
        socket.destroy(new AnswerExcess("more than an answer may have"));
        return null;
      }
      pieceBytes =
        bounds.linesOfPiece > limits.answerPieceLinesFew
          ? limits.answerPieceBytes
          : Math.min(2 * pieceBytes, limits.answerPieceBytesMax);
      return piece;
    };
  }

  #offer(next: Link<() => void>): void {
    next.unlink();
    this.#ring.push(next);
    this.#plan();
  }

  #plan(): void {
    if (this.#turnIsDue || this.#ring.empty) return;
    this.#turnIsDue = true;
    setImmediate(() => this.#turn());
  }

  /** One socket at least: time alone might be over before the first. */
  #turn(): void {
    const endsAtMs = performance.now() + limits.answersTurnMs;
    do this.#ring.shift()?.();
    while (!this.#ring.empty && performance.now() < endsAtMs);
    this.#turnIsDue = false;
    this.#plan();
  }
}
