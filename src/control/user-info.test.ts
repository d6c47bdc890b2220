import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { splitUserInfo } from "./user-info.ts";

test("a URL without user information stays as it was given, and so does what is no URL", () => {
  for (const url of [
    "https://example.com",
    "HTTPS://Example.com/@a:b",
    "https://@x.example/",
    "no",
  ]) {
    assert.deepEqual(splitUserInfo(url), { url, authorization: undefined });
  }
});

for (const [userInfo, credentials] of [
  ["ann:secret", "ann:secret"],
  ["ann", "ann:"],
  [":secret", ":secret"],
  ["a%40b:c%3Ad", "a@b:c:d"],
  ["ünï:%C3%B6", "ünï:ö"],
  ["100%:%zz%4", "100%:%zz%4"],
] as const) {
  test(`user information ${userInfo} is sent as ${credentials}`, () => {
    assert.deepEqual(splitUserInfo(`https://${userInfo}@example.com:8443/a?b#c`), {
      url: "https://example.com:8443/a?b#c",
      authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
    });
  });
}

test("user information of any bytes comes out of its escapes", () => {
  const property = fc.property(
    fc.uint8Array({ minLength: 1 }),
    fc.uint8Array(),
    (user, password) => {
      const escaped = [user, password].map((bytes) =>
        Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
      );
      const { authorization } = splitUserInfo(`https://${escaped.join(":")}@example.com/`);
      const credentials = Buffer.concat([user, Buffer.from(":"), password]);
      assert.equal(authorization, `Basic ${credentials.toString("base64")}`);
    },
  );
  fc.assert(property);
});
