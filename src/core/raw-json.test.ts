import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { findRawElements, findRawMember } from "./raw-json.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function find(text: string, name = "payload", depthMax = 64): string | undefined {
  const json = encoder.encode(text);
  const member = findRawMember(json, name, depthMax);
  return member.kind === "found"
    ? decoder.decode(json.subarray(member.start, member.end))
    : undefined;
}

/** JSON texts as no serializer of good taste would write them. */
const whiteSpace = fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\r"), maxLength: 3 });
const number = fc.oneof(
  fc.maxSafeInteger().map(String),
  fc.bigInt().map(String),
  fc.constantFrom("-0", "1e5", "1E-7", "0.10", "9007199254740993", "1.0e+400"),
);
const text = fc
  .string({ unit: "binary", maxLength: 8 })
  .chain((content) =>
    fc
      .array(fc.boolean(), { minLength: content.length, maxLength: content.length })
      .map((asHex) =>
        Array.from({ length: content.length }, (_, at) =>
          asHex[at] === true ? hex(content, at) : JSON.stringify(content[at]).slice(1, -1),
        ).join(""),
      ),
  )
  .map((content) => `"${content}"`);

function hex(content: string, at: number): string {
  return `\\u${content.charCodeAt(at).toString(16).padStart(4, "0")}`;
}

const key = fc.oneof(
  text,
  fc.constantFrom(
    '"payload"',
    String.raw`"p\u0061yload"`,
    String.raw`"\u0070\u0061\u0079\u006c\u006F\u0061\u0064"`,
    '"payload "',
    '"Payload"',
    '"__proto__"',
    String.raw`"pay\"load"`,
    '"payloads"',
    '"payloa"',
  ),
);
const { value, object } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    number,
    text,
    fc.constantFrom("true", "false", "null"),
    tie("object"),
    tie("array"),
  ),
  object: fc
    .array(fc.tuple(whiteSpace, key, whiteSpace, whiteSpace, tie("value"), whiteSpace), {
      maxLength: 4,
    })
    .map(
      (members) =>
        `{${members.map(([a, k, b, c, v, d]) => a + k + b + ":" + c + v + d).join(",")}}`,
    ),
  array: fc
    .array(fc.tuple(whiteSpace, tie("value"), whiteSpace), { maxLength: 4 })
    .map((items) => `[${items.map((item) => item.join("")).join(",")}]`),
}));

/** How deep the brackets of a JSON text are nested, counted in another way than the code under test does. */
function nesting(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (const bracket of json.replaceAll(/"(?:[^"\\]|\\.)*"|[^[\]{}]/gs, "")) {
    depth += "[{".includes(bracket) ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

test("what is found parses to the member that JSON.parse has, and is absent where JSON.parse has none", () => {
  fc.assert(
    fc.property(whiteSpace, fc.oneof(object, value), whiteSpace, (before, json, after) => {
      const parsed: unknown = JSON.parse(before + json + after);
      const found = find(before + json + after, "payload", 1_000);
      const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
      const expected = isObject
        ? Object.getOwnPropertyDescriptor(parsed, "payload")?.value
        : undefined;
      if (found === undefined) assert.equal(expected, undefined);
      else assert.deepEqual(JSON.parse(found), expected);
    }),
    { numRuns: 2_000 },
  );
});

test("a member is found as it was written, character for character", () => {
  fc.assert(
    fc.property(value, whiteSpace, fc.array(fc.tuple(key, value)), (payload, space, others) => {
      const before = others.map(([name, other]) => `${name}:${other},`).join("");
      assert.equal(find(`{${before}"payload"${space}:${space}${payload}${space}}`), payload);
    }),
  );
});

test("nesting is refused exactly when it is deeper than allowed", () => {
  fc.assert(
    fc.property(object, fc.integer({ min: 1, max: 6 }), (json, depthMax) => {
      const { kind } = findRawMember(encoder.encode(json), "payload", depthMax);
      assert.equal(kind === "too_deep", nesting(json) > depthMax);
    }),
  );
  assert.equal(find("[".repeat(64) + "]".repeat(64)), undefined);
  const kindAt = (depth: number): string =>
    findRawMember(encoder.encode("[".repeat(depth) + "]".repeat(depth)), "payload", 64).kind;
  assert.equal(kindAt(64), "absent");
  assert.equal(kindAt(65), "too_deep");
  assert.equal(kindAt(5_000), "too_deep");
});

test("brackets, braces, commas and colons in strings count for nothing", () => {
  assert.equal(find(String.raw`{"a":"}]{[,:\"","payload":"{\\"}`), String.raw`"{\\"`);
});

test("the last of several members counts", () => {
  assert.equal(find(`{"payload":1,"payload":{"a":1,"a":2},"x":3}`), `{"a":1,"a":2}`);
});

test("only the top level is searched", () => {
  assert.equal(find(`{"a":{"payload":1},"b":[{"payload":2}]}`), undefined);
  assert.equal(find(`[{"payload":1}]`), undefined);
  assert.equal(find(`["payload",1]`), undefined);
});

test("on any bytes at all it ends without an error and stays within the text", () => {
  const jsonLike = fc.array(
    fc.constantFrom(0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a, 0x75, 0x70, 0xff),
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array(), jsonLike.map(Uint8Array.from.bind(Uint8Array))),
      (json) => {
        const member = findRawMember(json, "p", 64);
        if (member.kind !== "found") return;
        assert.ok(0 <= member.start && member.start <= member.end && member.end <= json.length);
      },
    ),
    { numRuns: 2_000 },
  );
});

function elementsOf(text: string, elementsMax = 1_000): string[] | string {
  const json = encoder.encode(text);
  const found = findRawElements(json, elementsMax);
  return found.kind === "found"
    ? found.elements.map(({ start, end }) => decoder.decode(json.subarray(start, end)))
    : found.kind;
}

test("the elements of an array are found as they were written, character for character", () => {
  const items = fc.array(fc.tuple(whiteSpace, value, whiteSpace), { maxLength: 5 });
  fc.assert(
    fc.property(whiteSpace, items, whiteSpace, (before, parts, after) => {
      const text = `${before}[${parts.map((part) => part.join("")).join(",")}]${after}`;
      assert.deepEqual(
        elementsOf(text),
        parts.map(([, item]) => item),
      );
    }),
    { numRuns: 1_000 },
  );
});

test("a text is a JSON array exactly when it is split and every element is JSON", () => {
  const isJson = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false; // the question itself
    }
  };
  const pieces = fc.oneof(
    value,
    fc.constantFrom("[", "]", "{", "}", ",", ":", '"', "1", "a", "\\", " "),
  );
  const texts = fc.array(pieces, { maxLength: 8 }).map((parts) => `[${parts.join("")}`);
  fc.assert(
    fc.property(fc.oneof(texts, value), (text) => {
      const elements = elementsOf(text);
      const isArray = isJson(text) && Array.isArray(JSON.parse(text));
      assert.equal(typeof elements !== "string" && elements.every(isJson), isArray);
    }),
    { numRuns: 5_000 },
  );
});

test("an array has no elements, one, or exactly as many as are allowed", () => {
  assert.deepEqual(elementsOf(" [ ] "), []);
  assert.deepEqual(elementsOf("[ 1 ]"), ["1"]);
  assert.deepEqual(elementsOf("[1,2,3]", 3), ["1", "2", "3"]);
  assert.equal(elementsOf("[1,2,3,4]", 3), "too_many");
  assert.equal(elementsOf("[,,,,,,,,,,", 3), "too_many");
});

test("what is no array, or an array that is not closed or goes on, is told apart", () => {
  assert.equal(elementsOf(""), "no_array");
  assert.equal(elementsOf('{"a":[1]}'), "no_array");
  assert.equal(elementsOf('"[1]"'), "no_array");
  for (const broken of ["[", "[1", "[1}", '["]', "[1]2", "[[]", "[]]", "[1],"]) {
    assert.equal(elementsOf(broken), "broken", broken);
  }
});

test("elements of any depth are found without harm", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  assert.deepEqual(elementsOf(`[${deep},1]`), [deep, "1"]);
});
