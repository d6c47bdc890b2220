/** Texts and JSON that programs stumble over, chosen by a seed. */
import type { SeededRandom } from "../../simulation/seeded-random.ts";

const texts = [
  "",
  " ",
  "a",
  "null",
  "__proto__",
  "constructor",
  "toString",
  "../../etc/passwd",
  "..%2f..%2f",
  "%00",
  "%",
  "%zz",
  "%ff%fe",
  "a\u0000b",
  "\r\nx: y",
  "\u2028\u2029",
  "\u202eabc",
  "\ud83d\ude00",
  "\ufffd",
  "é\u0301",
  "<script>alert(1)</script>",
  "' OR 1=1 --",
  "${7*7}{{7*7}}",
  "1e309",
  "-0",
  "9007199254740993",
  "2026-13-45T99:99:99Z",
  "2026-11-28T00:00:00Z",
  "msg_000000000000000000000000000",
  "ep_zzzzzzzzzzzzzzzzzzzzzzzzzzz",
  "app_2Zz",
  "order.paid",
  "-_.",
] as const;

/** Values as JSON, some of which no program could write. */
const jsonValues = [
  "null",
  "true",
  "0",
  "-0",
  "1e400",
  "-1e-400",
  "9007199254740993",
  "123456789012345678901234567890.123456789012345678901234567890",
  '"\\u0000"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\\u2028"',
  '"\u007f"',
  "[]",
  "{}",
  "[[[[]]]]",
  '{"__proto__":{"polluted":true}}',
  '{"a":1,"a":2}',
  '{"":{"":{"":0}}}',
  "[,]",
  "{,}",
  "01",
  "+1",
  ".5",
  "NaN",
  "'a'",
  '"\t"',
  '"unended',
  "tru",
  "[1,]",
  '{"a":}',
  "/* */ 1",
] as const;

export function hostileText(random: SeededRandom): string {
  if (random.chance(0.02)) return random.pick(texts).repeat(random.integer(1, 2_000));
  if (random.chance(0.2)) return `${random.pick(texts)}${random.pick(texts)}`;
  return random.pick(texts);
}

/** Mostly JSON, of any shape; sometimes not quite. */
export function hostileJson(random: SeededRandom, depth = 0): string {
  if (random.chance(0.01)) return nested(random);
  if (depth > 4 || random.chance(0.4)) {
    return random.chance(0.5) ? JSON.stringify(hostileText(random)) : random.pick(jsonValues);
  }
  const count = random.integer(0, 4);
  const items = Array.from({ length: count }, () => hostileJson(random, depth + 1));
  if (random.chance(0.5)) return `[${items.join(",")}]`;
  return `{${items.map((item) => `${JSON.stringify(hostileText(random))}:${item}`).join(", ")}}`;
}

function nested(random: SeededRandom): string {
  const depth = random.pick([63, 64, 65, 1_000, 100_000]);
  return random.chance(0.5)
    ? `${"[".repeat(depth)}${"]".repeat(depth)}`
    : `${'{"a":'.repeat(depth)}0${"}".repeat(depth)}`;
}
