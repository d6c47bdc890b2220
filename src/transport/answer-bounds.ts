import { limits } from "../core/limits.ts";
import { StacklessError } from "./stackless-error.ts";

const lineFeed = 0x0a;

/** An answer that brings more than its bounds. What has come of it counts, if its status has. */
export class AnswerExcess extends StacklessError {
  override readonly name = "AnswerExcess";
  readonly code = "POSTHORN_ANSWER_EXCESS";
}

/**
 * What may come on a connection for one request. undici bounds the size of headers, and an attempt the body; nobody bounds
 * empty lines, a reason phrase, what stands beside the size of a chunk, or how many headers and chunks there are, each of
 * which is calls and objects: headers of one letter made 2 MiB of 16 KiB.
 */
export class AnswerBounds {
  #request = 0;
  #bytes = 0;
  #lines = 0;
  #linesOfPiece = 0;

  /** Line feeds in the piece that was looked at last. */
  get linesOfPiece(): number {
    return this.#linesOfPiece;
  }

  /**
   * @param request tells requests of a connection apart
   * @returns whether there is too much with this piece
   */
  isExceededBy(piece: Uint8Array, request: number): boolean {
    if (request !== this.#request) {
      this.#request = request;
      this.#bytes = 0;
      this.#lines = 0;
    }
    this.#bytes += piece.length;
    this.#linesOfPiece = 0;
    for (let at = piece.indexOf(lineFeed); at !== -1; at = piece.indexOf(lineFeed, at + 1))
      this.#linesOfPiece += 1;
    this.#lines += this.#linesOfPiece;
    return this.#bytes > limits.answerWireBytesMax || this.#lines > limits.answerLinesMax;
  }
}
