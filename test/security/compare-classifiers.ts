/** The guard's classifier against the independent table: on every edge, and on random addresses of each kind. */
import { classifyAddress } from "../../src/transport/address-guard/classify-address.ts";
import { SeededRandom } from "../e2e/seeded-random.ts";
import {
  edgeAddresses,
  embeddingsOf,
  type IntegerAddress,
  textOf,
  verdictOn,
} from "./address-table.ts";

export interface Comparison {
  readonly compared: number;
  /** Which address, and what each side says of it. */
  readonly disagreements: readonly string[];
}

const first16 = [0x0, 0x64, 0x1fff, 0x2000, 0x2001, 0x2002, 0x2003, 0x2606, 0x3ffe, 0x3fff, 0x4000];
const more16 = [0x5f00, 0xfc00, 0xfd00, 0xfe80, 0xfec0, 0xff02];

/** @param rounds each of them is one v4 address, two v6 ones and ten embeddings */
export function compareClassifiers(rounds: number, seed: number): Comparison {
  const disagreements: string[] = [];
  let compared = 0;
  const compare = (address: IntegerAddress): void => {
    compared += 1;
    const { kind } = classifyAddress(address);
    const verdict = verdictOn(address);
    if (kind !== verdict) disagreements.push(`${textOf(address)}: ${kind}, not ${verdict}`);
  };
  edgeAddresses.forEach(compare);
  const random = new SeededRandom(seed);
  const bits = (count: number): bigint => {
    let value = 0n;
    for (let at = 0; at < count; at += 16)
      value = (value << 16n) | BigInt(random.integer(0, 65_535));
    return value;
  };
  const known = [...first16, ...more16];
  for (let round = 0; round < rounds; round += 1) {
    const v4 = bits(32);
    const v6 = bits(128);
    compare({ family: 4, value: v4 });
    compare({ family: 6, value: v6 });
    const group = BigInt(random.pick(known));
    compare({ family: 6, value: (group << 112n) | (v6 & ((1n << 112n) - 1n)) });
    for (const value of embeddingsOf(v4, bits(128))) {
      compare({ family: 6, value });
      if (classifyAddress({ family: 6, value }).kind !== "forbidden") {
        disagreements.push(`${textOf({ family: 6, value })} carries a v4 address`);
      }
    }
  }
  return { compared, disagreements };
}
