/**
 * Base62 of a fixed number of bytes, most significant digit first, in the alphabet that sorts like the bytes do.
 * Works on 16-bit limbs and three digits at a time (62^3 × 2^16 < 2^53), without BigInt.
 */
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const groupDigits = 3;
const groupBase = 62 ** groupDigits;
const pairBase = 62 ** 2;
const pairTexts = Array.from(
  { length: pairBase },
  (_, value) => alphabet.charAt(Math.floor(value / 62)) + alphabet.charAt(value % 62),
);
const digitValues = new Map(Array.from(alphabet, (digit, value) => [digit, value]));

/** `digits` must be a multiple of three and large enough for the bytes; the byte count must be even. */
export function encodeBase62(bytes: Uint8Array, digits: number): string {
  const limbs = new Uint16Array(bytes.length / 2);
  for (let limb = 0; limb < limbs.length; limb += 1) {
    limbs[limb] = ((bytes[2 * limb] ?? 0) << 8) | (bytes[2 * limb + 1] ?? 0);
  }
  let text = "";
  let first = 0;
  for (let done = 0; done < digits; done += groupDigits) {
    while (limbs[first] === 0) first += 1;
    const group = divideInPlace(limbs, first);
    const high = alphabet.charAt(Math.floor(group / pairBase));
    text = high + (pairTexts[group % pairBase] ?? "") + text;
  }
  return text;
}

/** Undefined if a character is no base62 digit or the value does not fit the bytes. */
export function decodeBase62(text: string, byteCount: number): Uint8Array | undefined {
  const limbs = new Uint16Array(byteCount / 2);
  for (const digit of text) {
    const value = digitValues.get(digit);
    if (value === undefined || multiplyInPlace(limbs, value) !== 0) return undefined;
  }
  const bytes = new Uint8Array(byteCount);
  for (const [limb, value] of limbs.entries()) {
    bytes[2 * limb] = value >> 8;
    bytes[2 * limb + 1] = value & 255;
  }
  return bytes;
}

/** Divides the number in the limbs from `first` on by 62^3 and returns the remainder. */
function divideInPlace(limbs: Uint16Array, first: number): number {
  let remainder = 0;
  for (let limb = first; limb < limbs.length; limb += 1) {
    const value = remainder * 65_536 + (limbs[limb] ?? 0);
    const quotient = Math.floor(value / groupBase);
    limbs[limb] = quotient;
    remainder = value - quotient * groupBase;
  }
  return remainder;
}

/** Multiplies the number in the limbs by 62, adds a digit, and returns what overflowed. */
function multiplyInPlace(limbs: Uint16Array, digit: number): number {
  let carry = digit;
  for (let limb = limbs.length - 1; limb >= 0; limb -= 1) {
    const value = (limbs[limb] ?? 0) * 62 + carry;
    limbs[limb] = value & 65_535;
    carry = Math.floor(value / 65_536);
  }
  return carry;
}
