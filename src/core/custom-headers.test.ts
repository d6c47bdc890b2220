import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { checkCustomHeaders } from "./custom-headers.ts";

function reasonFor(name: string, value: string): string | undefined {
  const check = checkCustomHeaders([[name, value]]);
  return check.kind === "refused" ? check.reason : undefined;
}

test("names come out in lower case, values as they are", () => {
  assert.deepEqual(
    checkCustomHeaders([
      ["X-Api-Key", " k~1 "],
      ["Authorization", "Basic dTpw"],
    ]),
    {
      kind: "ok",
      headers: [
        ["x-api-key", " k~1 "],
        ["authorization", "Basic dTpw"],
      ],
    },
  );
});

test("names that are not the owner's to set are refused in any case", () => {
  for (const name of [
    "Host",
    "connection",
    "Keep-Alive",
    "CONTENT-LENGTH",
    "content-type",
    "Content-Encoding",
    "Transfer-Encoding",
    "TE",
    "Trailer",
    "Upgrade",
    "Expect",
    "Proxy-Authorization",
    "Forwarded",
    "X-Forwarded-For",
    "Webhook-Id",
    "webhook-signature",
    "Svix-Id",
  ]) {
    assert.equal(reasonFor(name, "x"), `the header ${name.toLowerCase()} can't be set`);
  }
  for (const name of ["x-te", "hosts", "x-content-length", "retry-after", "user-agent"]) {
    assert.equal(reasonFor(name, "x"), undefined, name);
  }
});

test("a name is a token", () => {
  for (const name of ["", " ", "a b", "a:", "x\r\ny", "näme", "x\0", "\u212a"]) {
    assert.match(reasonFor(name, "x") ?? "", /^a header's name is a token/);
  }
});

test("a value is printable ASCII", () => {
  for (const value of ["a\r\nb: c", "\n", "\0", "\t", "é", "\x7f"]) {
    assert.equal(reasonFor("x-a", value), "the header x-a is printable ASCII, got else");
  }
});

test("length and number are bounded", () => {
  assert.equal(reasonFor("x-a", "v".repeat(4096)), undefined);
  assert.match(reasonFor("x-a", "v".repeat(4097)) ?? "", /at most 4096 characters, got 4097/);
  const many = Array.from({ length: 33 }, (_, at) => [`x-${at}`, ""] as const);
  assert.equal(checkCustomHeaders(many.slice(1)).kind, "ok");
  assert.deepEqual(checkCustomHeaders(many), {
    kind: "refused",
    reason: "an endpoint has at most 32 headers, got more",
  });
});

test("a name is given once, whatever its case", () => {
  assert.deepEqual(
    checkCustomHeaders([
      ["x-a", "1"],
      ["X-A", "2"],
    ]),
    {
      kind: "refused",
      reason: "the header x-a is given more than once",
    },
  );
});

test("nothing that passes can end a header line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (name, value) => {
      const check = checkCustomHeaders([[name, value]]);
      if (check.kind === "ok") assert.doesNotMatch(check.headers.flat().join(""), /[\r\n\0]/);
    }),
  );
});
