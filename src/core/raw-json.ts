/**
 * Where in a JSON text (RFC 8259, UTF-8) a top-level member's value or the elements of a top-level array stand, so that
 * they can be passed on byte for byte: parsing and writing again would change numbers beyond 2^53, lose duplicate keys and fail on deep nesting.
 *
 * One pass and no copy. It trusts that the text is JSON: `JSON.parse` judges that, before or after. On any other bytes
 * it ends as well, in the same time, and says something of no meaning.
 */
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const letterU = 0x75;
const space = 0x20;

/** What a backslash and this letter stand for; `\u` aside. */
const escapes = new Map(
  Array.from(`"\\/bfnrt`, (letter, at) => [letter.charCodeAt(0), `"\\/\b\f\n\r\t`.charCodeAt(at)]),
);

export type RawMember =
  /** `json.subarray(start, end)` is the value, without white space around it. */
  | { readonly kind: "found"; readonly start: number; readonly end: number }
  /** There is no such member, or the text is no object. */
  | { readonly kind: "absent" }
  /** Objects and arrays are nested deeper than allowed, anywhere in the text. */
  | { readonly kind: "too_deep" };

/**
 * The member `name` of the object that `json` holds. The last one if there are several, as `JSON.parse` has it; keys may
 * be escaped in any way.
 *
 * @param name ASCII only
 * @param depthMax nesting of objects and arrays, 1 for `[]`
 */
export function findRawMember(json: Uint8Array, name: string, depthMax: number): RawMember {
  let depth = 0;
  let inObject = false;
  let atKey = false;
  let named = false;
  let valueStart = 0;
  let found: RawMember = { kind: "absent" };
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === quote) {
      const end = closingQuote(json, at + 1);
      if (depth === 1 && atKey) named = isText(json, at + 1, end, name);
      at = end;
    } else if (byte === openBrace || byte === openBracket) {
      depth += 1;
      if (depth > depthMax) return { kind: "too_deep" };
      if (depth === 1) inObject = atKey = byte === openBrace;
    } else if (byte === closeBrace || byte === closeBracket) {
      if (depth === 1 && named) found = { kind: "found", ...trimmed(json, valueStart, at) };
      depth -= 1;
    } else if (depth === 1 && inObject) {
      if (byte === colon) {
        atKey = false;
        valueStart = at + 1;
      } else if (byte === comma) {
        if (named) found = { kind: "found", ...trimmed(json, valueStart, at) };
        atKey = true;
        named = false;
      }
    }
  }
  return found;
}

export interface Span {
  readonly start: number;
  /** The first byte after it. */
  readonly end: number;
}

export type RawElements =
  /** In order, each without white space around it. Every one must be JSON for the text to be. */
  | { readonly kind: "found"; readonly elements: readonly Span[] }
  /** The text begins like something else. */
  | { readonly kind: "no_array" }
  /** There are more than allowed; the rest was not looked at. */
  | { readonly kind: "too_many" }
  /** The array has no end, or the text goes on after it: this is no JSON. */
  | { readonly kind: "broken" };

/**
 * The elements of the array that `json` holds, however deep they are nested. Once each of them is known to be JSON, so is
 * the whole text.
 */
export function findRawElements(json: Uint8Array, elementsMax: number): RawElements {
  const array = trimmed(json, 0, json.length);
  if (json[array.start] !== openBracket) return { kind: "no_array" };
  const elements: Span[] = [];
  let depth = 1;
  let start = array.start + 1;
  for (let at = start; at < array.end; at += 1) {
    const byte = json[at];
    if (byte === quote) {
      at = closingQuote(json, at + 1);
    } else if (byte === openBrace || byte === openBracket) {
      depth += 1;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
    }
    const isEnd = depth === 0;
    if (!isEnd && (depth > 1 || byte !== comma)) continue;
    const element = trimmed(json, start, at);
    const isEmpty = isEnd && elements.length === 0 && element.start === element.end;
    if (!isEmpty) elements.push(element);
    if (elements.length > elementsMax) return { kind: "too_many" };
    if (isEnd) {
      const isWhole = byte === closeBracket && at + 1 === array.end;
      return isWhole ? { kind: "found", elements } : { kind: "broken" };
    }
    start = at + 1;
  }
  return { kind: "broken" };
}

/** The index of the quote that ends the string whose text begins at `at`; the length of the text if there is none. */
function closingQuote(json: Uint8Array, at: number): number {
  for (let index = at; index < json.length; index += 1) {
    const byte = json[index];
    if (byte === quote) return index;
    if (byte === backslash) index += 1;
  }
  return json.length;
}

/** Whether the string's text between `start` and `end` says `text`, which is ASCII. */
function isText(json: Uint8Array, start: number, end: number, text: string): boolean {
  let at = start;
  for (let index = 0; index < text.length; index += 1) {
    if (at >= end) return false;
    let code = json[at];
    let length = 1;
    if (code === backslash) {
      length = json[at + 1] === letterU ? 6 : 2;
      code = length === 6 ? hexadecimal(json, at + 2) : escapes.get(json[at + 1] ?? 0);
    }
    if (code !== text.charCodeAt(index)) return false;
    at += length;
  }
  return at === end;
}

/** The number that four hexadecimal digits at `at` say. */
function hexadecimal(json: Uint8Array, at: number): number {
  return Number.parseInt(String.fromCharCode(...json.subarray(at, at + 4)), 16);
}

function trimmed(json: Uint8Array, from: number, to: number): Span {
  let start = from;
  let end = to;
  while (start < end && (json[start] ?? 0) <= space) start += 1;
  while (end > start && (json[end - 1] ?? 0) <= space) end -= 1;
  return { start, end };
}
