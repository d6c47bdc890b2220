const liveMs = 100;
const plainMs = 2000;

/** One line that tells how far things are: rewritten in place on a terminal, a new line now and then elsewhere. */
export class Progress {
  readonly #line: () => string;
  readonly #timer: NodeJS.Timeout;

  /** @param line what to show, asked for every time */
  constructor(line: () => string) {
    this.#line = line;
    const periodMs = process.stdout.isTTY ? liveMs : plainMs;
    this.#timer = setInterval(() => {
      this.#show();
    }, periodMs).unref();
  }

  /** Says something that stays, above the line. */
  say(text: string): void {
    process.stdout.write(`${process.stdout.isTTY ? "\r\u001b[K" : ""}${text}\n`);
    if (process.stdout.isTTY) this.#show();
  }

  /** Shows the line a last time and leaves it. */
  stop(): void {
    clearInterval(this.#timer);
    this.#show();
    if (process.stdout.isTTY) process.stdout.write("\n");
  }

  #show(): void {
    process.stdout.write(process.stdout.isTTY ? `\r\u001b[K${this.#line()}` : `${this.#line()}\n`);
  }
}
