/** What Prometheus is told by the real program. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const documentPath = new URL("../../docs/metrics.md", import.meta.url);
const documentHead = `# Metrics

\`GET /metrics\` answers in Prometheus's text format to whoever has the bearer token that \`POSTHORN_METRICS_TOKEN\` sets; without that setting nobody is shown
metrics. They are of all organisations. Counts begin with the process. They are up to a second old, what is told of queues up to two, of JobDbs up to ten.

\`\`\`yaml
scrape_configs:
  - job_name: posthorn
    authorization: { credentials_file: /etc/prometheus/posthorn-token }
    static_configs: [{ targets: ["127.0.0.1:8071"] }]
\`\`\`

The number of series is bounded: labels are states and results, operations of the API with the statuses that they answered, and the endpoints with the longest queues
(\`POSTHORN_METRICS_ENDPOINTS\`, 20). Of an endpoint that has no queue nothing is told here; the API has its queue and attempts.

| metric | type | meaning |
|---|---|---|
`;

const metricsToken = "a-token-for-scraping";
const receiver = new PathReceiver();
let folder: ScratchFolder;
let posthorn: Posthorn;
let svix: Svix;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("metrics");
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [3_600],
    directors: 2,
    metricsToken,
    metricsEndpoints: 1,
    logLevel: "silent",
  });
  svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
});

after(async () => {
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

async function scrape(): Promise<string> {
  const headers = { authorization: `Bearer ${metricsToken}` };
  const answer = await fetch(`${posthorn.address}/metrics`, { headers });
  assert.equal(answer.status, 200);
  return answer.text();
}

/** The value of a metric with these labels, as they are written. */
function valueOf(text: string, metric: string): number | undefined {
  const line = text.split("\n").find((each) => each.startsWith(`${metric} `));
  return line === undefined ? undefined : Number(line.slice(metric.length + 1));
}

test("what happened to messages, what waits, and how long it took are told", async () => {
  const shop = await svix.application.create({ name: "Shop", uid: "shop" });
  const other = await svix.application.create({ name: "Other", uid: "other" });
  const good = receiver.url("/good");
  receiver.answer("/bad", () => ({ status: 500 }));
  await svix.endpoint.create(other.id, { url: good });
  const bad = await svix.endpoint.create(shop.id, { url: receiver.url("/bad") });
  for (const app of ["shop", "shop", "shop", "other", "other"])
    await svix.message.create(app, { eventType: "paid", payload: { a: 1 } });
  const text = await eventually(
    scrape,
    (now) =>
      valueOf(now, 'posthorn_attempts_total{result="5xx"}') === 3 &&
      valueOf(now, 'posthorn_deliveries_settled_total{settlement="delivered"}') === 2 &&
      now.includes("posthorn_endpoint_queued_deliveries{"),
  );
  const expected: readonly (readonly [metric: string, value: number])[] = [
    ["posthorn_messages_total", 5],
    ["posthorn_message_payload_bytes_total", 5 * '{"a":1}'.length],
    ["posthorn_deliveries_total", 5],
    ["posthorn_retries_planned_total", 3],
    ['posthorn_attempts_total{result="2xx"}', 2],
    ["posthorn_delivery_latency_seconds_count", 2],
    ["posthorn_attempt_duration_seconds_count", 5],
    ["posthorn_attempts_in_flight", 0],
    [
      `posthorn_endpoint_queued_deliveries{application="${shop.id}",endpoint="${bad.id}",state="failing"}`,
      3,
    ],
    ['posthorn_http_requests_total{operation="v1.message.create",status="202"}', 5],
    ["posthorn_control_store_up", 1],
    ["posthorn_disk_low", 0],
  ];
  assert.deepEqual(
    expected.map(([metric]) => [metric, valueOf(text, metric)]),
    expected,
  );
  assert((valueOf(text, "posthorn_commit_duration_seconds_count") ?? 0) > 0);
  assert((valueOf(text, "posthorn_disk_free_bytes") ?? 0) > 0);
  const perEndpoint = text.match(/^posthorn_endpoint_queued_deliveries\{/gm);
  assert.equal(perEndpoint?.length, 1, "no more than was asked for");
});

test("docs/metrics.md has every metric with what it means", async () => {
  const metrics = (await scrape()).matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm);
  const rows = Array.from(metrics, ([, name, help, type]) => `| \`${name}\` | ${type} | ${help} |`);
  const expected = `${documentHead}${rows.join("\n")}\n`;
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(documentPath, expected);
  assert.equal(readFileSync(documentPath, "utf8"), expected, "UPDATE_DOCS=1 writes it again");
});

test("promtool finds nothing to object to", async (context) => {
  const promtool = spawnSync("promtool", ["--version"]);
  if (promtool.error !== undefined) {
    context.skip("promtool is not there: apt-get install prometheus");
    return;
  }
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: await scrape(),
    encoding: "utf8",
  });
  assert.deepEqual([status, stdout + stderr], [0, ""]);
});

test("an organisation's token is not shown what others do", async () => {
  const headers = { authorization: `Bearer ${await posthorn.token()}` };
  const refused = await fetch(`${posthorn.address}/metrics`, { headers });
  assert.equal(refused.status, 401);
});
