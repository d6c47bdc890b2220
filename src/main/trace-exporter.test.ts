import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { endpointIdOf, messageIdOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { AttemptSpan } from "../director/ports.ts";
import { TraceExporter } from "./trace-exporter.ts";

const span: AttemptSpan = {
  parent: { traceId: "a".repeat(32), spanId: "b".repeat(16) },
  spanId: "c".repeat(16),
  messageId: messageIdOf({ jobDb: 1, row: 1, nonce: 1, atMs: 1_700_000_000_000 }),
  endpoint: endpointIdOf(1_700_000_000_000, new Uint8Array(14)),
  attempt: 1,
  startedAtMs: 1_700_000_000_000,
  outcome: { kind: "unanswered", reason: "timeout", durationMs: 15_000 },
};

async function startCollector(answers: readonly number[]) {
  const received: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString());
      received.push(resourceSpans[0].scopeSpans[0].spans.length);
      const status = answers[received.length - 1] ?? 200;
      response.writeHead(status, { location: "/elsewhere" }).end();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  assert(typeof address === "object" && address !== null);
  const failures: unknown[] = [];
  const exporter = new TraceExporter({
    url: `http://127.0.0.1:${address.port}/v1/traces`,
    headers: {},
    clock: { after: () => ({ stop: () => undefined }) },
    onFailure: (error) => failures.push(error),
  });
  return { server, received, failures, exporter };
}

test("spans go in requests of a bounded size, and what is too much at once is dropped", async () => {
  const { server, received, failures, exporter } = await startCollector([]);
  const count = limits.spansWaitingMax + 7;
  exporter.add(Array.from({ length: count }, () => span));
  await exporter.stop();
  assert.equal(Math.max(...received), limits.spansPerRequest);
  assert.deepEqual([exporter.exported, exporter.dropped], [limits.spansWaitingMax, 7]);
  assert.deepEqual(failures, []);
  server.close();
});

test("what a collector does not take is dropped, which is told once, and a redirect is not followed", async () => {
  const { server, received, failures, exporter } = await startCollector([503, 302, 200, 500]);
  for (let at = 0; at < 4; at += 1)
    exporter.add(Array.from({ length: limits.spansPerRequest }, () => span));
  await exporter.stop();
  assert.equal(received.length, 4);
  assert.deepEqual(
    [exporter.exported, exporter.dropped],
    [limits.spansPerRequest, 3 * limits.spansPerRequest],
  );
  assert.deepEqual(failures.map(String), [
    "Error: the collector answered 503",
    "Error: the collector answered 500",
  ]);
  server.close();
});
