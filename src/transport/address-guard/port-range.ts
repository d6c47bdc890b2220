/** Ports from the one to the other, both included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

const portMax = 65_535;

/** `PORT` or `FROM-TO`. Fails with what was expected and what came. */
export function parsePortRange(text: string): PortRange {
  const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const range = { from: Number(first), to: Number(last) };
  if (range.from < 1 || range.to > portMax || range.from > range.to) {
    throw new RangeError(
      `expected a port from 1 to ${portMax} or a range such as 9000-9100, got ${JSON.stringify(text)}`,
    );
  }
  return range;
}

export function inRange({ from, to }: PortRange, port: number): boolean {
  return port >= from && port <= to;
}
