import { parseIpAddress, type IpAddress } from "./ip-address.ts";

/**
 * All addresses of a family that begin with the same bits: from the first, of which all others are 0, to the last, of which they
 * are 1. Each address is compared with some forty subnets, and shifting made three integers for each of them.
 */
export interface Subnet {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** CIDR notation (RFC 4632, RFC 4291 section 2.3). Fails with what was expected and what came. */
export function parseSubnet(text: string): Subnet {
  const [addressText = "", prefixText = "", ...rest] = text.split("/");
  const address = parseIpAddress(addressText);
  const prefixBits = /^(?:0|[1-9]\d{0,2})$/.test(prefixText) ? Number(prefixText) : Number.NaN;
  if (address === undefined || rest.length > 0 || !(prefixBits <= bitsOf(address.family))) {
    const got = JSON.stringify(text);
    throw new RangeError(`expected a subnet such as 10.0.0.0/8 or fd00::/8, got ${got}`);
  }
  const shift = BigInt(bitsOf(address.family) - prefixBits);
  const first = (address.value >> shift) << shift;
  if (first !== address.value) {
    const got = JSON.stringify(text);
    throw new RangeError(`expected a subnet's first address before the slash, got ${got}`);
  }
  return { family: address.family, first, last: first | ((1n << shift) - 1n) };
}

export function covers(subnet: Subnet, address: IpAddress): boolean {
  const { family, first, last } = subnet;
  return family === address.family && first <= address.value && address.value <= last;
}

function bitsOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}
