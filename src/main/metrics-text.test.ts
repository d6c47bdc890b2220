import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricsText } from "./metrics-text.ts";

test("metrics are told in Prometheus's text format, with sums of ranges and seconds", () => {
  const text = new MetricsText();
  text.counter("posthorn_things_total", "Things.", [
    [{ kind: 'a"b\\c\nd', status: 200 }, 3],
    [{ kind: "e", status: 404 }, 0],
  ]);
  text.gauge("posthorn_unknown", "Not known.", undefined);
  text.gauge("posthorn_known", "Known.", 1.5);
  text.histogram("posthorn_time_seconds", "Time.", [
    [{ kind: "a" }, { boundsMs: [5, 1_000], counts: [1, 2, 3], sumMs: 4_500 }],
  ]);
  assert.equal(
    text.toString(),
    `# HELP posthorn_things_total Things.
# TYPE posthorn_things_total counter
posthorn_things_total{kind="a\\"b\\\\c\\nd",status="200"} 3
posthorn_things_total{kind="e",status="404"} 0
# HELP posthorn_known Known.
# TYPE posthorn_known gauge
posthorn_known 1.5
# HELP posthorn_time_seconds Time.
# TYPE posthorn_time_seconds histogram
posthorn_time_seconds_bucket{kind="a",le="0.005"} 1
posthorn_time_seconds_bucket{kind="a",le="1"} 3
posthorn_time_seconds_bucket{kind="a",le="+Inf"} 6
posthorn_time_seconds_sum{kind="a"} 4.5
posthorn_time_seconds_count{kind="a"} 6
`,
  );
});
