/** An IP address as an integer: 32 bits for family 4, 128 for family 6. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/**
 * The address in a text as resolvers, sockets and WHATWG `URL` write it: dotted decimal without leading zeros, or RFC 4291
 * section 2.2 without brackets. Undefined for all else, zone ids included: what can't be read can't be called.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  const family = text.includes(":") ? 6 : 4;
  const value = family === 6 ? parseV6(text) : parseV4(text);
  return value === undefined ? undefined : { family, value };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split("::");
  const [head = "", tail] = halves;
  if (halves.length > 2) return undefined;
  if (tail === undefined) {
    const groups = parseGroups(head, true);
    return groups?.length === 8 ? join(groups) : undefined;
  }
  const before = parseGroups(head, false);
  const after = parseGroups(tail, true);
  if (before === undefined || after === undefined) return undefined;
  const zeros = 8 - before.length - after.length;
  return zeros < 1 ? undefined : join([...before, ...Array<number>(zeros).fill(0), ...after]);
}

/** The 16-bit groups of one side of `::`; only at the very end the last 32 bits may be dotted decimal. */
function parseGroups(text: string, atEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [at, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const dotted = atEnd && at === parts.length - 1 ? parseV4(part) : undefined;
    if (dotted === undefined) return undefined;
    groups.push(Number(dotted >> 16n), Number(dotted & 0xffffn));
  }
  return groups;
}

function join(groups: readonly number[]): bigint {
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}
