/** A system call as strace's output tells it. */
export interface TracedCall {
  readonly name: string;
  /** As strace prints them; texts and paths as `\x…`, see argument functions below. */
  readonly arguments: string;
  /** Negative: it failed. Undefined: the process was killed in it, and nobody knows how far it came. */
  readonly result: number | undefined;
  /** Places in the order of all begins and ends: what has ended before another begins is done by then. */
  readonly beganAt: number;
  readonly endedAt: number;
}

/** A call that was interrupted in the output by another thread's. */
interface BegunCall {
  readonly text: string;
  readonly beganAt: number;
}

const unfinishedMark = " <unfinished ...>";
const resumedPattern = /^<\.\.\. \w+ resumed>/;
const resultMark = " = ";

/**
 * Reads what recordingLauncher has written.
 *
 * @param firstPlace the place of the first line; later ones count on from there
 * @returns the calls in the order of their begin, and the place after the last line
 */
export function parseTrace(
  text: string,
  firstPlace: number,
): { readonly calls: readonly TracedCall[]; readonly nextPlace: number } {
  const calls: TracedCall[] = [];
  const begun = new Map<string, BegunCall>();
  let place = firstPlace;
  for (const line of linesOf(text)) {
    const space = line.indexOf(" ");
    const thread = line.slice(0, space);
    const rest = line.slice(space + 1).trimStart();
    const resumed = resumedPattern.exec(rest)?.[0];
    if (rest.endsWith(unfinishedMark)) {
      begun.set(thread, { text: rest.slice(0, -unfinishedMark.length), beganAt: place });
    } else if (resumed === undefined) {
      const call = callOf(rest, place, place);
      if (call !== undefined) calls.push(call);
    } else {
      const { text: start, beganAt } = takenFrom(begun, thread);
      const end = rest.slice(resumed.length);
      // A thread that is killed seems to resume, with a question mark.
      const call = callOf(start + end, beganAt, end.endsWith("= ?") ? Infinity : place);
      if (call !== undefined) calls.push(call);
    }
    place += 1;
  }
  for (const { text: start, beganAt } of begun.values()) {
    const call = callOf(`${start}) = ?`, beganAt, Infinity);
    if (call !== undefined) calls.push(call);
  }
  calls.sort((left, right) => left.beganAt - right.beganAt);
  return { calls, nextPlace: place };
}

/** Line by line, as a whole split would double the memory. */
function* linesOf(text: string): Generator<string> {
  let from = 0;
  for (let to = text.indexOf("\n"); to >= 0; to = text.indexOf("\n", from)) {
    yield text.slice(from, to);
    from = to + 1;
  }
}

function takenFrom(begun: Map<string, BegunCall>, thread: string): BegunCall {
  const call = begun.get(thread);
  if (call === undefined) throw new Error(`thread ${thread} resumes a call that it never began`);
  begun.delete(thread);
  return call;
}

/** Undefined for lines about signals and exits. No pattern for the whole: the bytes of one write can be megabytes. */
function callOf(text: string, beganAt: number, endedAt: number): TracedCall | undefined {
  const open = text.indexOf("(");
  const equals = text.lastIndexOf(resultMark);
  if (!/^\w+$/.test(text.slice(0, open)) || equals < open) return undefined;
  const args = text
    .slice(open + 1, equals)
    .trimEnd()
    .slice(0, -")".length);
  const result = /^-?\d+/.exec(text.slice(equals + resultMark.length))?.[0];
  return {
    name: text.slice(0, open),
    arguments: args,
    result: result === undefined ? undefined : Number(result),
    beganAt,
    endedAt,
  };
}

/** The path behind the first file descriptor: `22<\x2f…>`. */
export function descriptorPathOf({ arguments: args }: TracedCall): string {
  return textOfHex(/^[\w-]+<([^>]*)>/.exec(args)?.[1] ?? "");
}

export function descriptorOf({ arguments: args }: TracedCall): number {
  return Number(/^(\d+)</.exec(args)?.[1]);
}

/** The texts between quotation marks, in order: paths, or the bytes that are written. */
export function stringsOf({ name, arguments: args }: TracedCall): readonly Buffer[] {
  // Everything is printed in hexadecimal, so there is no quotation mark within a text.
  const parts = args.split('"');
  if (parts.some((part, index) => index > 0 && index % 2 === 0 && part.startsWith("..."))) {
    throw new Error(`a ${name} of more bytes than strace was to print`);
  }
  return parts.filter((_, index) => index % 2 === 1).map(bytesOfHex);
}

/** The numbers behind the last text: length and offset of a pwrite64. */
export function numbersAfterStrings({ arguments: args }: TracedCall): readonly number[] {
  return args
    .slice(args.lastIndexOf('"') + 1)
    .split(",")
    .map((part) => part.trim())
    .filter((part) => /^\d+$/.test(part))
    .map(Number);
}

function bytesOfHex(hex: string): Buffer {
  return Buffer.from(hex.replaceAll("\\x", ""), "hex");
}

export function textOfHex(hex: string): string {
  return bytesOfHex(hex).toString("utf8");
}
