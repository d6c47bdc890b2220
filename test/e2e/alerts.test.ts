/** Alerts and panels name metrics that there are, and every alert has its section of the runbook. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const docs = new URL("../../docs/", import.meta.url);

function read(name: string): string {
  return readFileSync(new URL(name, docs), "utf8");
}

/** docs/metrics.md is what a running server tells (metrics.test.ts). */
const metrics = new Set(
  Array.from(read("metrics.md").matchAll(/^\| `(\w+)` \| (\w+) \|/gm), ([, name = "", type]) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ).flat(),
);

function unknownMetricsIn(text: string): readonly string[] {
  const named = text.match(/\b(?:posthorn|process)_[a-z_]+/g) ?? [];
  assert(named.length > 10, "it names metrics");
  return named.filter((name) => !metrics.has(name));
}

test("a metric that there is not would be found", () => {
  const text = `${"posthorn_messages_total ".repeat(11)} posthorn_mesages_total`;
  assert.deepEqual(unknownMetricsIn(text), ["posthorn_mesages_total"]);
});

test("every alert names metrics that there are", () => {
  assert.deepEqual(unknownMetricsIn(read("alerts.yml")), []);
});

test("every panel names metrics that there are", () => {
  const dashboard: {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  } = JSON.parse(read("grafana-dashboard.json"));
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  assert.deepEqual(unknownMetricsIn(expressions.join("\n")), []);
});

test("every alert has a section of the runbook that its link leads to, and no section is left over", () => {
  const rules = read("alerts.yml");
  const alerts = Array.from(rules.matchAll(/- alert: (\w+)$/gm), ([, name = ""]) => name);
  const links = Array.from(rules.matchAll(/runbook_url: operations\.md#(\w+)$/gm), ([, to]) => to);
  const headings = Array.from(
    read("operations.md").matchAll(/^### (Posthorn\w+)$/gm),
    ([, name = ""]) => name,
  );
  assert(alerts.length > 0);
  assert.deepEqual(headings, alerts);
  assert.deepEqual(
    links,
    alerts.map((name) => name.toLowerCase()),
  );
});

test("promtool finds nothing wrong with the alerts", (context) => {
  const path = fileURLToPath(new URL("alerts.yml", docs));
  const checked = spawnSync("promtool", ["check", "rules", path], { encoding: "utf8" });
  if (checked.error !== undefined) {
    context.skip("promtool is not there: apt-get install prometheus");
    return;
  }
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
});
