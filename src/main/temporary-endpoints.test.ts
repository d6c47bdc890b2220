import assert from "node:assert/strict";
import { test } from "node:test";
import { newApplication, newEndpoint } from "../../test/conformance/new-control-rows.ts";
import { scratchControl } from "../../test/conformance/scratch-control.ts";
import { SimulatedClock } from "../../test/simulation/simulated-clock.ts";
import { LdbReader } from "../control/ldb-reader.ts";
import { SqliteControlWriter } from "../control/sqlite-control-writer.ts";
import type { EndpointKey } from "../core/ids.ts";
import { inspectorUrlOf } from "../core/inspector-url.ts";
import { limits } from "../core/limits.ts";
import { TemporaryEndpoints } from "./temporary-endpoints.ts";

const { temporaryEndpointIdleMs: idleMs } = limits;

test("a temporary endpoint goes when nobody has listened for a while: since it was made, since the start, since the last listener", async (t) => {
  const { files, sources, clock: controlClock } = scratchControl(t);
  const startMs = controlClock.atMs;
  const writer = new SqliteControlWriter(files, sources, () => {});
  const reader = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
  t.after(() => {
    reader.close();
    writer.close();
  });
  const { application } = await writer.createApplication("org", newApplication(), false);
  const make = async (temporary: boolean, madeAtMs: number) => {
    controlClock.atMs = madeAtMs;
    const url = inspectorUrlOf({ kind: "listener", temporary });
    return writer.createEndpoint(application.key, newEndpoint({ url }));
  };
  const old = await make(true, startMs - idleMs);
  const left = await make(true, startMs);
  const heard = await make(true, startMs);
  const lasting = await make(false, startMs);
  const young = await make(true, startMs + idleMs);

  const clock = new SimulatedClock(startMs);
  const listenedAtMs = new Map<EndpointKey, () => number>([
    [left.key, () => startMs + 2 * idleMs],
    [heard.key, () => clock.nowMs()],
  ]);
  const gone: unknown[] = [];
  const temporary = new TemporaryEndpoints({
    reader,
    inspector: { listenedAtMs: (endpoint) => listenedAtMs.get(endpoint)?.() },
    control: writer,
    clock,
    onDeleted: (id) => gone.push([id, clock.nowMs() - startMs]),
    onFailure: () => assert.fail("nothing fails"),
  });
  temporary.start();
  await clock.run(startMs + 4 * idleMs);
  await temporary.stop();

  assert.deepEqual(gone, [
    [old.id, idleMs],
    [young.id, 2 * idleMs],
    [left.id, 3 * idleMs],
  ]);
  const page = { limit: 10, edge: undefined, order: "ascending" } as const;
  assert.deepEqual(
    new Set(reader.endpoints(application.key, page).map(({ id }) => id)),
    new Set([heard.id, lasting.id]),
  );
  const [newest] = await writer.auditEntries("org", {
    limit: 1,
    edge: undefined,
    direction: "older",
    operation: "server.endpoint.delete",
    application: undefined,
    sinceMs: undefined,
    untilMs: undefined,
  });
  assert.partialDeepStrictEqual(newest?.call, {
    credential: { kind: "server", id: "posthorn" },
    operation: "server.endpoint.delete",
    application: application.id,
    subjects: { endpoint_id: left.id },
  });
});
