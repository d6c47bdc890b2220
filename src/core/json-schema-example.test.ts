import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newestExampleOf, payloadExampleOf } from "./json-schema-example.ts";

test("the example of an event type is that of its newest version, of those that are numbers", () => {
  const of = (value: number) => ({ type: "object", properties: { v: { const: value } } });
  assert.deepEqual(newestExampleOf({ "9": of(9), "10": of(10) }), { v: 10 });
  assert.deepEqual(newestExampleOf(null), {});
});

test("what the author wrote down is taken before anything made up", () => {
  const properties = { id: { type: "integer" } };
  for (const [written, expected] of [
    [{ examples: [{ id: 7 }, { id: 8 }] }, { id: 7 }],
    [{ example: { id: 9 } }, { id: 9 }],
    [{ const: { id: 1 } }, { id: 1 }],
    [{ default: { id: 2 } }, { id: 2 }],
    [{ enum: [{ id: 3 }] }, { id: 3 }],
  ] as const) {
    assert.deepEqual(payloadExampleOf({ type: "object", properties, ...written }), expected);
  }
});

test("each field has its type, its format and its lower bound", () => {
  const schema = {
    properties: {
      name: { type: "string" },
      code: { type: "string", minLength: 8, maxLength: 9 },
      short: { type: "string", maxLength: 2 },
      at: { type: "string", format: "date-time" },
      mail: { type: ["null", "string"], format: "email" },
      count: { type: "integer", minimum: 18 },
      more: { type: "number", exclusiveMinimum: 0 },
      less: { type: "number", maximum: -5 },
      paid: { type: "boolean" },
      nothing: { type: "null" },
      plan: { enum: ["free", "pro"] },
      tags: { type: "array", items: { type: "string", examples: ["new"] } },
      pair: { prefixItems: [{ type: "integer" }] },
      empty: { type: "array" },
      ["__proto__"]: { type: "boolean" },
    },
  };
  assert.deepEqual(payloadExampleOf(schema), {
    name: "string",
    code: "stringxx",
    short: "st",
    at: "2026-01-31T12:00:00Z",
    mail: "somebody@example.com",
    count: 18,
    more: 1,
    less: -5,
    paid: true,
    nothing: null,
    plan: "free",
    tags: ["new"],
    pair: [1],
    empty: [],
    ["__proto__"]: true,
  });
});

test("references within the document are followed, parts are put together, and of choices the first is taken", () => {
  const schema = {
    $defs: { "a/b": { type: "object", properties: { amount: { type: "integer" } } } },
    allOf: [{ $ref: "#/$defs/a~1b" }, { properties: { currency: { const: "EUR" } } }],
    properties: { by: { oneOf: [{ type: "integer" }, { type: "string" }] } },
  };
  assert.deepEqual(payloadExampleOf(schema), { amount: 1, currency: "EUR", by: 1 });
  for (const nowhere of ["#/none", "https://example.com/schema", "#/$defs/a/b/c"]) {
    assert.deepEqual(payloadExampleOf({ ...schema, allOf: [{ $ref: nowhere }] }), { by: 1 });
  }
});

test("a schema that refers to itself has an example too", () => {
  const node = { type: "object", properties: { next: { $ref: "#" } } };
  const example = JSON.stringify(payloadExampleOf(node));
  assert.match(example, /^(\{"next":)+null\}+$/);
  assert.deepEqual(payloadExampleOf({ $ref: "#" }), {});
});

test("a schema that would have more values than anybody reads is cut short", () => {
  const names = Array.from({ length: 100 }, (_, at) => `field${at}`);
  const properties = Object.fromEntries(names.map((name) => [name, { $ref: "#" }]));
  const example = JSON.stringify(payloadExampleOf({ properties }));
  assert.ok(example.length < 10 * 1024 * 1024);
});

test("whatever the schema is, its example is an object that can be written as JSON", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (schema) => {
      const example = payloadExampleOf(schema);
      assert.ok(JSON.stringify(example).startsWith("{"));
    }),
  );
});
