/** The webhooks of the OpenAPI document against those of Svix's own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { createTestApi } from "../../test/api/test-api.ts";
import { openApiOf } from "./openapi.ts";

type Json = Readonly<Record<string, unknown>>;

interface Schema {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Json>>;
}

const path = new URL("../../test/api/svix-operational-events.json", import.meta.url);
const { $defs: theirs } = JSON.parse(readFileSync(path, "utf8")) as {
  $defs: Record<string, Schema>;
};

const { server } = await createTestApi();
after(() => server.close());
const document = JSON.parse(JSON.stringify(await openApiOf(server))) as {
  readonly webhooks: Json;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};
const { schemas } = document.components;

/** Not in Svix's document. */
const added = ["EndpointPausedEvent", "EndpointResumedEvent"];

test("the document has the webhooks that Svix's has and the added ones, and their schemas", () => {
  const events = Object.keys(theirs).filter((name) => name.endsWith("Event"));
  events.push(...added);
  assert.deepEqual(Object.keys(document.webhooks).toSorted(), events.toSorted());
  for (const name of events) {
    const told = JSON.stringify(document.webhooks[name]);
    assert.ok(told.includes(`"#/components/schemas/${name}"`), name);
  }
});

test("every field of Svix's is there and of the same type, and no others", () => {
  for (const [name, their] of Object.entries(theirs)) {
    const our = schemas[name];
    assert.ok(our !== undefined, name);
    const names = Object.keys(their.properties).toSorted();
    assert.deepEqual(Object.keys(our.properties).toSorted(), names, name);
    assert.deepEqual([...our.required].toSorted(), names, `${name}: all are always given`);
    for (const field of names) {
      const outline = outlineOf(our.properties[field]);
      assert.deepEqual(outline, outlineOf(their.properties[field]), `${name}.${field}`);
    }
  }
});

function outlineOf(field: Json | undefined): Json {
  const { type, enum: values, pattern, $ref } = field ?? {};
  return { type, values, pattern, ref: typeof $ref === "string" ? $ref.split("/").at(-1) : $ref };
}
