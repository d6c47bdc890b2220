import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { limits } from "../core/limits.ts";
import { AnswerPrefix } from "./answer-prefix.ts";

test("it holds the first bytes of all chunks, in memory of its own", () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 12 });
  fc.assert(
    fc.property(chunks, (given) => {
      const prefix = new AnswerPrefix();
      for (const chunk of given) prefix.append(chunk);
      const whole = Buffer.concat(given).subarray(0, limits.answerBytesStored);
      const bytes = prefix.bytes();
      for (const chunk of given) chunk.fill(0);
      assert.deepEqual(Buffer.from(bytes), whole);
      assert.equal(bytes.buffer.byteLength, bytes.length);
    }),
  );
});

test("single bytes take no more memory than the answer", () => {
  const prefix = new AnswerPrefix();
  for (let sent = 0; sent < limits.answerBytesRead; sent += 1) prefix.append(Uint8Array.of(7));
  assert.deepEqual(prefix.bytes(), new Uint8Array(limits.answerBytesStored).fill(7));
});
