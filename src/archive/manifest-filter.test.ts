import assert from "node:assert/strict";
import { test } from "node:test";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { type Manifest, noRows } from "./manifest.ts";
import { type ArchiveFilter, mayHold } from "./manifest-filter.ts";

const manifest: Manifest = {
  format: 1,
  jobDb: 1,
  kind: "history",
  schemaVersion: 4,
  createdAtMs: 0,
  drainedAtMs: 0,
  fromMs: 100,
  toMs: 200,
  rows: noRows(),
  undelivered: 0,
  applications: [1, 3],
  endpoints: [5],
  eventTypes: ["a", "b"],
  blocks: [],
};
const everything: ArchiveFilter = {
  application: undefined,
  endpoint: undefined,
  eventTypes: undefined,
  sinceMs: undefined,
  untilMs: undefined,
  failed: false,
};

const table: readonly (readonly [Partial<ArchiveFilter>, boolean])[] = [
  [{}, true],
  [{ application: applicationKeyOf(3) }, true],
  [{ application: applicationKeyOf(2) }, false],
  [{ endpoint: endpointKeyOf(5) }, true],
  [{ endpoint: endpointKeyOf(1) }, false],
  [{ eventTypes: ["c", "b"] }, true],
  [{ eventTypes: ["c"] }, false],
  [{ sinceMs: 200 }, true],
  [{ sinceMs: 201 }, false],
  [{ untilMs: 101 }, true],
  [{ untilMs: 100 }, false],
  [{ failed: true }, false],
];

for (const [filter, expected] of table) {
  test(`an archive ${expected ? "may" : "can't"} hold ${JSON.stringify(filter)}`, () => {
    assert.equal(mayHold(manifest, { ...everything, ...filter }), expected);
  });
}

test("an archive that has too many to list may hold any, and one without messages holds none", () => {
  const unlisted = { ...manifest, applications: null, endpoints: null, eventTypes: null };
  const filter = {
    ...everything,
    application: applicationKeyOf(9),
    endpoint: endpointKeyOf(9),
    eventTypes: ["z"],
  };
  assert.equal(mayHold(unlisted, filter), true);
  assert.equal(mayHold({ ...manifest, fromMs: null, toMs: null }, everything), false);
  assert.equal(mayHold({ ...manifest, undelivered: 1 }, { ...everything, failed: true }), true);
});
