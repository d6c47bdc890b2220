import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { splitEvents } from "./sent-events.ts";

test("events are read the same however the text is cut, and comments are none", () => {
  const event = fc.oneof(fc.constant(undefined), fc.json());
  fc.assert(
    fc.property(fc.array(event), fc.array(fc.nat({ max: 200 })), (events, cuts) => {
      const text = events
        .map((data) => (data === undefined ? ": nothing new\n\n" : `data: ${data}\n\n`))
        .join("");
      const edges = [...cuts.toSorted((one, other) => one - other), text.length];
      const read: string[] = [];
      let rest = "";
      let from = 0;
      for (const to of edges) {
        const split = splitEvents(rest + text.slice(from, to));
        from = Math.max(from, to);
        read.push(...split.data);
        rest = split.rest;
      }
      assert.equal(rest, "");
      assert.deepEqual(
        read,
        events.filter((data) => data !== undefined),
      );
    }),
  );
});
