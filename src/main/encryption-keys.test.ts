import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { newEncryptionKey, parseEncryptionKeys } from "./encryption-keys.ts";
import { keyRingOf } from "./key-ring-of.ts";

const [a, b, c] = [1, 2, 3].map((number) => Buffer.alloc(32, number).toString("base64"));

function scratchFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-keys-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const idsOf = (keys: readonly { readonly id: string }[]): readonly string[] =>
  keys.map(({ id }) => id);

test("keys are given as text or in a file, the first one seals", (t) => {
  const path = join(scratchFolder(t), "keys");
  writeFileSync(path, `2026-11:${a}\nold_1:${b}\n`);
  for (const text of [`2026-11:${a},old_1:${b}`, path]) {
    const keys = parseEncryptionKeys(text);
    assert.deepEqual(idsOf(keys), ["2026-11", "old_1"]);
    assert.deepEqual(keys[0].key.export(), Buffer.alloc(32, 1));
  }
  assert.equal(parseEncryptionKeys(newEncryptionKey()).length, 1);
});

for (const { name, text, problem } of [
  { name: "without an id", text: `:${a}`, problem: /^key 1 has no id of 1 to 32 letters/ },
  { name: "with an id of other characters", text: `a:${a},b.c:${b}`, problem: /^key 2 has no id/ },
  { name: "of 31 bytes", text: `a:${a?.slice(4)}`, problem: /^key a is not .* 32 bytes: got 29 b/ },
  { name: "that is no base64", text: `a:${a?.replace("=", "")}`, problem: /got no base64/ },
  { name: "with another one's id", text: `a:${a},a:${b}`, problem: /^two keys have the id a$/ },
  { name: "alone", text: String(a), problem: /^it has no ":" and is no file .*ENOENT/ },
  { name: "too many", text: `a:${a},`.repeat(17), problem: /^it has 17 keys, at most 16/ },
  { name: "missing", text: ":,", problem: /^key 1 has no id/ },
] as const) {
  test(`a key ${name} is refused, and the error does not show it`, () => {
    assert.throws(
      () => parseEncryptionKeys(text),
      (error: Error) => {
        assert.match(error.message, problem);
        for (const key of [a, b]) assert(!error.message.includes(String(key).slice(0, 12)));
        return true;
      },
    );
  });
}

test("without a setting a key is made once, for its owner's eyes alone", (t) => {
  const data = join(scratchFolder(t), "data");
  const made = keyRingOf({ data, encryptionKeys: undefined });
  assert.equal(statSync(join(data, "encryption-keys")).mode & 0o777, 0o600);
  const again = keyRingOf({ data, encryptionKeys: undefined });
  assert.deepEqual(idsOf(again), idsOf(made));
  assert(again[0].key.equals(made[0].key));
});

test("a key that was kept opens what it has sealed when others are set later", (t) => {
  const data = scratchFolder(t);
  const [kept] = keyRingOf({ data, encryptionKeys: undefined });
  const given = parseEncryptionKeys(`new:${c}`);
  assert.deepEqual(idsOf(keyRingOf({ data, encryptionKeys: given })), ["new", kept.id]);
});

test("a setting leaves no key in the data folder", (t) => {
  const data = scratchFolder(t);
  keyRingOf({ data, encryptionKeys: parseEncryptionKeys(`new:${c}`) });
  assert.throws(() => readFileSync(join(data, "encryption-keys")), { code: "ENOENT" });
});

test("a file of keys that can't be understood is told of, without what is in it", (t) => {
  const data = scratchFolder(t);
  writeFileSync(join(data, "encryption-keys"), String(a));
  assert.throws(() => keyRingOf({ data, encryptionKeys: undefined }), {
    code: "config_invalid",
    message: `${data}/encryption-keys: key 1 has no id of 1 to 32 letters, digits, "_" and "-" before a ":"`,
  });
});
