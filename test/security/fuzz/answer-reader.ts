/** Reads HTTP/1.1 answers out of a stream of bytes: as much as a fuzz needs, and strict, so that a wrong answer shows. */
export interface RawAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** It said that nothing comes after it. */
  readonly closes: boolean;
}

const headEnd = Buffer.from("\r\n\r\n");

export class AnswerReader {
  #bytes: Buffer = Buffer.alloc(0);

  /** Final answers that are whole by now, in order; interim ones (1xx) are passed over. */
  read(chunk: Buffer): readonly RawAnswer[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const answers: RawAnswer[] = [];
    for (let answer = this.#take(); answer !== undefined; answer = this.#take()) {
      if (answer.status >= 200) answers.push(answer);
    }
    return answers;
  }

  #take(): RawAnswer | undefined {
    const end = this.#bytes.indexOf(headEnd);
    if (end === -1) return undefined;
    const head = this.#bytes.toString("latin1", 0, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    if (Number.isNaN(status)) throw new Error(`no answer begins with ${JSON.stringify(head)}`);
    const closes = /^connection: close$/im.test(head);
    const from = end + headEnd.length;
    const bodiless = status < 200 || status === 204 || status === 304;
    if (!bodiless && /^transfer-encoding: chunked$/im.test(head))
      return this.#chunked({ status, closes, from });
    const length = bodiless ? 0 : Number(/^content-length: (\d+)$/im.exec(head)?.[1]);
    if (Number.isNaN(length)) throw new Error(`no length in ${JSON.stringify(head)}`);
    if (this.#bytes.length < from + length) return undefined;
    const body = this.#bytes.subarray(from, from + length);
    this.#bytes = this.#bytes.subarray(from + length);
    return { status, body, closes };
  }

  #chunked({
    status,
    closes,
    from,
  }: {
    status: number;
    closes: boolean;
    from: number;
  }): RawAnswer | undefined {
    const chunks: Buffer[] = [];
    for (let at = from; ;) {
      const line = this.#bytes.indexOf("\r\n", at);
      if (line === -1) return undefined;
      const size = Number.parseInt(this.#bytes.toString("latin1", at, line), 16);
      const next = line + 2 + size + 2;
      if (this.#bytes.length < next) return undefined;
      if (size === 0) {
        this.#bytes = this.#bytes.subarray(next);
        return { status, body: Buffer.concat(chunks), closes };
      }
      chunks.push(this.#bytes.subarray(line + 2, line + 2 + size));
      at = next;
    }
  }
}
