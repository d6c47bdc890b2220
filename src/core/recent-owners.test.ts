import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecentOwners } from "./recent-owners.ts";

test("tells everybody when somebody else came last", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 })), (visits) => {
      const owners = new RecentOwners<number>();
      for (const [atMs, owner] of visits.entries()) owners.note(owner, atMs);
      for (let owner = 0; owner < 5; owner += 1) {
        const last = visits.findLastIndex((other) => other !== owner);
        assert.equal(owners.lastOtherThan(owner), last === -1 ? -Infinity : last);
      }
    }),
  );
});
