import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatJson, visible } from "../../dashboard/src/components/text.ts";

test("what would change how the text around it reads is shown as its code point", () => {
  assert.equal(visible("a\u202eb\u0000c\u001b[31md\u2066"), "a\\u202eb\\u0000c\\u001b[31md\\u2066");
  assert.equal(visible("Zürich\tאבג\n🎺"), "Zürich\tאבג\n🎺");
});

test("a JSON text is broken into lines, every token as it was", () => {
  assert.equal(
    formatJson('{"a":[1e400,12345678901234567890,{}],"a":"[,]","b":[] }'),
    `{
  "a": [
    1e400,
    12345678901234567890,
    {}
  ],
  "a": "[,]",
  "b": []
}`,
  );
});

test("formatting changes no value", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      assert.deepEqual(JSON.parse(formatJson(json)), JSON.parse(json));
      assert.equal(formatJson(formatJson(json)), formatJson(json));
    }),
  );
});
