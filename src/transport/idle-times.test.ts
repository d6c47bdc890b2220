import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../core/limits.ts";
import { IdleTimes } from "./idle-times.ts";

const { idleConnectionMsMin: least, idleConnectionMsMax: most } = limits;

test("connections that become idle together are closed evenly over the time between the bounds", () => {
  const parts = 20;
  for (const connections of [100, 1_000]) {
    const times = new IdleTimes();
    for (let earlier = 0; earlier < connections / 3; earlier += 1) times.next();
    const closed = Array.from({ length: parts }, () => 0);
    for (let connection = 0; connection < connections; connection += 1) {
      const ms = times.next();
      assert(ms >= least && ms <= most, `${ms} ms`);
      const part = Math.min(parts - 1, Math.floor((parts * (ms - least)) / (most - least)));
      closed[part] = (closed[part] ?? 0) + 1;
    }
    for (const count of closed) assert(count <= connections / parts + 3, `${count} in one part`);
  }
});
