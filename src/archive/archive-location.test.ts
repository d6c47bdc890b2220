import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArchiveLocation } from "./archive-location.ts";

test("an archive's location is a folder, a bucket with or without a prefix, or off", () => {
  const table = [
    ["off", { kind: "off" }],
    ["/var/archive", { kind: "folder", path: "/var/archive" }],
    ["off/", { kind: "folder", path: "off/" }],
    ["s3://bucket", { kind: "s3", bucket: "bucket", prefix: "" }],
    ["s3://bucket/", { kind: "s3", bucket: "bucket", prefix: "" }],
    ["s3://my.bucket-1/a/b", { kind: "s3", bucket: "my.bucket-1", prefix: "a/b/" }],
    ["s3://bucket/a/", { kind: "s3", bucket: "bucket", prefix: "a/" }],
  ] as const;
  for (const [text, location] of table) assert.deepEqual(parseArchiveLocation(text), location);
});

test("a location that is none is told", () => {
  for (const text of ["", "s3://", "s3:///a", "s3://B/a", "s3://ab"]) {
    assert.throws(() => parseArchiveLocation(text), /empty|names no bucket/, text);
  }
});
