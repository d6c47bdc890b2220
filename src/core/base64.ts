/** Base64 with padding (RFC 4648 section 4) for short texts such as keys: core has no Buffer and no atob. */
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const sextets = new Map(Array.from(alphabet, (digit, value) => [digit, value]));

export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
    const group = (first << 16) | (second << 8) | third;
    for (const shift of [18, 12, 6, 0]) text += alphabet.charAt((group >> shift) & 63);
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  return text.slice(0, text.length - missing) + "=".repeat(missing);
}

/** Undefined unless the text is exactly what `encodeBase64` makes of some bytes: padded, and no stray bits at the end. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const digits = text.replace(/={1,2}$/, "");
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let group = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const sextet = sextets.get(digits.charAt(at));
    if (sextet === undefined) return undefined;
    group = ((group << 6) | sextet) & 0xffff;
    const bitsOver = (6 * (at + 1)) % 8;
    if (at % 4 !== 0) bytes[Math.floor((6 * (at + 1)) / 8) - 1] = group >> bitsOver;
  }
  return encodeBase64(bytes) === text ? bytes : undefined;
}
