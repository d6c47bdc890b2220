/**
 * Which addresses anybody may call, derived a second time and in another way than by the guard: the IANA special-purpose registries as
 * they are written (of nested entries the longest prefix counts), what the address space registries add, and what this
 * project refuses besides. Ranges of integers, no code of the guard's.
 */

export type Verdict =
  | "public"
  /** Refused unless the operator allows it. */
  | "special"
  /** Refused whatever is allowed. */
  | "forbidden";

export interface IntegerAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

interface Row extends IntegerAddress {
  readonly last: bigint;
  readonly prefixBits: number;
  readonly verdict: Verdict;
}

/** "Globally Reachable" as the registries have it: true (T), false or not applicable (F). */
const registries = `
0.0.0.0/8 F, 0.0.0.0/32 F, 10.0.0.0/8 F, 100.64.0.0/10 F, 127.0.0.0/8 F, 169.254.0.0/16 F, 172.16.0.0/12 F, 192.0.0.0/24 F,
192.0.0.0/29 F, 192.0.0.8/32 F, 192.0.0.9/32 T, 192.0.0.10/32 T, 192.0.0.170/32 F, 192.0.0.171/32 F, 192.0.2.0/24 F,
192.31.196.0/24 T, 192.52.193.0/24 T, 192.88.99.0/24 F, 192.168.0.0/16 F, 192.175.48.0/24 T, 198.18.0.0/15 F,
198.51.100.0/24 F, 203.0.113.0/24 F, 240.0.0.0/4 F, 255.255.255.255/32 F,
::1/128 F, ::/128 F, ::ffff:0:0/96 F, 64:ff9b::/96 T, 64:ff9b:1::/48 F, 100::/64 F, 100:0:0:1::/64 F, 2001::/23 F, 2001::/32 F,
2001:1::1/128 T, 2001:1::2/128 T, 2001:1::3/128 T, 2001:2::/48 F, 2001:3::/32 T, 2001:4:112::/48 T, 2001:10::/28 F,
2001:20::/28 T, 2001:30::/28 T, 2001:db8::/32 F, 2002::/16 F, 2620:4f:8000::/48 T, 3fff::/20 F, 5f00::/16 F, fc00::/7 F,
fe80::/10 F`;

/** Of the address space registries: multicast, and that of v6 only 2000::/3 is given out as global unicast. */
const spaces = `0.0.0.0/0 T, 224.0.0.0/4 F, ::/0 F, 2000::/3 T, ff00::/8 F`;

/** Reachable by the registries, and refused here: protocol assignments that nobody has a receiver at. */
const refusedHere = `
192.0.0.9/32, 192.0.0.10/32, 2001:1::1/128, 2001:1::2/128, 2001:1::3/128, 2001:3::/32, 2001:4:112::/48, 2001:20::/28, 2001:30::/28`;

/** Metadata services, and prefixes with a v4 address inside. */
const neverCalled = `
169.254.169.0/24, 169.254.170.0/24, 169.254.0.23/32, 169.254.42.42/32, 168.63.129.16/32, 192.0.0.192/32, 100.100.100.200/32,
fd00:ec2::/112, fd20:ce::254/128, fd00:c1::a9fe:a9fe/128, fd00:42::42/128, fe80::a9fe:a9fe/128,
::/96, ::ffff:0:0/96, ::ffff:0:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48, 2001::/32, 2002::/16`;

const rows: readonly Row[] = [
  ...rowsOf(`${registries},${spaces}`),
  ...rowsOf(refusedHere, "special"),
  ...rowsOf(neverCalled, "forbidden"),
];

/** The edges of every row, and their neighbours. */
export const edgeAddresses: readonly IntegerAddress[] = rows.flatMap(({ family, value, last }) =>
  [value - 1n, value, value + 1n, last - 1n, last, last + 1n]
    .filter((edge) => edge >= 0n && edge < 1n << bitsOf(family))
    .map((edge) => ({ family, value: edge })),
);

export function verdictOn({ family, value }: IntegerAddress): Verdict {
  if (family === 6 && (value === 0n || value === 1n)) return "special"; // in ::/96, but no v4 address
  if (family === 6 && isIsatap(value)) return "forbidden";
  const found = rows.filter(
    (row) => row.family === family && row.value <= value && value <= row.last,
  );
  if (found.some(({ verdict }) => verdict === "forbidden")) return "forbidden";
  const longest = Math.max(...found.map(({ prefixBits }) => prefixBits));
  const closest = found.filter(({ prefixBits }) => prefixBits === longest);
  return closest.some(({ verdict }) => verdict === "special") ? "special" : "public";
}

/** The v6 addresses that carry a v4 one, with other bits that are free taken from `noise` (128 bits). */
export function embeddingsOf(v4: bigint, noise: bigint): readonly bigint[] {
  const global = (1n << 125n) | (noise & ((1n << 125n) - 1n));
  const prefix64 = (global >> 64n) << 64n;
  const low = noise & 0xffff_ffffn;
  return [
    (0xffffn << 32n) | v4,
    (0xffffn << 48n) | v4,
    v4 > 1n ? v4 : 2n,
    (0x64_ff9bn << 96n) | v4,
    // RFC 6052 section 2.2 with a prefix of 48 bits: 16 bits of the address, eight zeros, the other 16.
    (0x64_ff9b_0001n << 80n) | ((v4 >> 16n) << 64n) | ((v4 & 0xffffn) << 40n),
    (0x2002n << 112n) | (v4 << 80n) | (noise & ((1n << 80n) - 1n)),
    // Teredo: the server's address, and the client's with every bit turned round.
    (0x2001_0000n << 96n) | (v4 << 64n) | low,
    (0x2001_0000n << 96n) | (low << 64n) | (v4 ^ 0xffff_ffffn),
    prefix64 | (0x5efen << 32n) | v4,
    prefix64 | (0x0200_5efen << 32n) | v4,
  ];
}

export function addressOf(text: string): IntegerAddress {
  return text.includes(":")
    ? { family: 6, value: integerOfV6(text) }
    : { family: 4, value: integerOfV4(text) };
}

export function textOf({ family, value }: IntegerAddress): string {
  if (family === 6) return value.toString(16).padStart(32, "0").match(/.{4}/g)?.join(":") ?? "";
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
}

function isIsatap(value: bigint): boolean {
  const marker = (value / 2n ** 32n) % 2n ** 32n;
  return marker === 0x5efen || marker === 0x0200_5efen;
}

function rowsOf(text: string, verdict?: Verdict): readonly Row[] {
  return text.split(",").map((item) => {
    const [cidr = "", reachable] = item.trim().split(" ");
    const [first = "", bits = ""] = cidr.split("/");
    const { family, value } = addressOf(first);
    const last = value + 2n ** (bitsOf(family) - BigInt(bits)) - 1n;
    const given = reachable === "T" ? "public" : "special";
    return { family, value, last, prefixBits: Number(bits), verdict: verdict ?? given };
  });
}

function integerOfV4(text: string): bigint {
  return text.split(".").reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}

/** `URL` writes the groups; there is one `::` at the most. */
function integerOfV6(text: string): bigint {
  const [head = "", tail = ""] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const groupsOf = (side: string): string[] => (side === "" ? [] : side.split(":"));
  const before = groupsOf(head);
  const after = groupsOf(tail);
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].reduce(
    (value, group) => value * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

function bitsOf(family: 4 | 6): bigint {
  return family === 4 ? 32n : 128n;
}
