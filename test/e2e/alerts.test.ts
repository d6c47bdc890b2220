/** Alerts and panels name metrics that there are, and every alert has its section of the runbook. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const docs = new URL("../../docs/", import.meta.url);

const alerts = fileURLToPath(new URL("alerts.yml", docs));
const alertRules = fileURLToPath(new URL("alert-rules.yml", import.meta.url));

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

test("every alert is tested with numbers at which it is silent, and such at which it is heard", () => {
  const names = (text: string, pattern: RegExp): readonly string[] =>
    Array.from(text.matchAll(pattern), ([, name = ""]) => name);
  const named = names(read("alerts.yml"), /- alert: (\w+)$/gm);
  const tests = readFileSync(alertRules, "utf8");
  assert.deepEqual(names(tests, /^ +- \{ alertname: (\w+), .* exp_alerts: \[\] \}$/gm), named);
  assert.deepEqual(names(tests, /^ +- alertname: (\w+)\n.*\n +exp_alerts:\n/gm), named);
});

for (const [what, ...words] of [
  ["finds nothing wrong with the alerts", "check", "rules", alerts],
  ["finds the alerts silent and heard as they have to be", "test", "rules", alertRules],
] as const) {
  test(`promtool ${what}`, (context) => {
    const checked = spawnSync("promtool", words, { encoding: "utf8" });
    if (checked.error !== undefined) {
      context.skip("promtool is not there: apt-get install prometheus");
      return;
    }
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  });
}
