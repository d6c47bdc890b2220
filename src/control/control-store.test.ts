import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import {
  eventTypeRow,
  newApplication,
  newEndpoint,
} from "../../test/conformance/new-control-rows.ts";
import { scratchControl } from "../../test/conformance/scratch-control.ts";
import { controlMigrations } from "./control-migrations.ts";
import { ControlStore } from "./control-store.ts";
import { createApplication } from "./create-application.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { disableEndpoint } from "./disable-endpoint.ts";
import type { EndpointRow } from "./endpoint-row.ts";
import { openRow } from "./sealed-columns.ts";

test("a write appends each of its rows to the ledger, whole and at its instant", (t) => {
  const { files, sources, clock } = scratchControl(t);
  const store = new ControlStore(files.controlPath, sources);
  t.after(() => store.close());
  const { randomBytes } = sources;
  const endpoint = store.transaction((atMs) => {
    const write = { store, atMs, randomBytes };
    clock.atMs += 1; // nothing in a transaction asks for the time again
    const { application } = createApplication(write, "org", newApplication(), false);
    return createEndpoint(write, application.key, newEndpoint({ url: "https://a:b@x.example/" }));
  });
  store.transaction((atMs) => disableEndpoint({ store, atMs, randomBytes }, endpoint.key));
  store.transaction((atMs) => disableEndpoint({ store, atMs, randomBytes }, endpoint.key));
  const ledger = store.ledgerAfter(0, 100);
  assert.deepEqual(
    ledger.map(({ sequence, table_name: table, key, at_ms: atMs }) => [sequence, table, key, atMs]),
    [
      [1, "application", 1, clock.atMs - 1],
      [2, "endpoint", 1, clock.atMs - 1],
      [3, "signing_secret", 1, clock.atMs - 1],
      [4, "endpoint", 1, clock.atMs],
    ],
  );
  const last = ledger.at(-1);
  assert.match(last?.row ?? "", /"authorization":"sealed:k1:.*"headers":"sealed:k1:/);
  const row: EndpointRow = openRow(sources.keyRing, "endpoint", JSON.parse(last?.row ?? "null"));
  assert.deepEqual(row, store.endpoint(endpoint.key));
  assert.equal(row.authorization, "Basic YTpi");
  assert.equal(store.endpoint(endpoint.key)?.updated_at_ms, clock.atMs);
});

test("a write that fails leaves neither rows nor ledger entries, and no gap", (t) => {
  const { files, sources } = scratchControl(t);
  const store = new ControlStore(files.controlPath, sources);
  t.after(() => store.close());
  const write = (): number => store.writeRow("event_type", eventTypeRow("a"));
  const failing = (): never => {
    write();
    throw new Error("no");
  };
  assert.throws(() => store.transaction(failing), { message: "no" });
  assert.equal(store.eventType("org", "a"), undefined);
  assert.deepEqual(store.ledgerAfter(0, 100), []);
  assert.equal(store.transaction(write), 1);
  assert.deepEqual(
    store.ledgerAfter(0, 100).map(({ sequence }) => sequence),
    [1],
  );
});

test("a process killed in a write leaves neither rows nor ledger entries", (t) => {
  const { files, sources } = scratchControl(t);
  new ControlStore(files.controlPath, sources).close();
  const storeModule = new URL("./control-store.ts", import.meta.url).href;
  const script = `
    import { createSecretKey } from "node:crypto";
    import { ControlStore } from ${JSON.stringify(storeModule)};
    const keyRing = [{ id: "k1", key: createSecretKey(Buffer.alloc(32, 1)) }];
    const sources = { nowMs: () => 1, randomBytes: (count) => new Uint8Array(count), keyRing };
    const store = new ControlStore(${JSON.stringify(files.controlPath)}, sources);
    const row = ${JSON.stringify(eventTypeRow("a"))};
    store.transaction(() => store.writeRow("event_type", row));
    store.transaction(() => {
      store.writeRow("event_type", { ...row, name: "b" });
      process.kill(process.pid, "SIGKILL");
    });`;
  const child = spawnSync(process.execPath, ["--input-type=module", "--eval", script]);
  assert.equal(child.signal, "SIGKILL", child.stderr.toString());
  const store = new ControlStore(files.controlPath, sources);
  t.after(() => store.close());
  assert.equal(store.eventType("org", "a")?.key, 1);
  assert.equal(store.eventType("org", "b"), undefined);
  assert.deepEqual(
    store.ledgerAfter(0, 100).map(({ key }) => key),
    [1],
  );
});

test("a row is not written outside of a transaction", (t) => {
  const { files, sources } = scratchControl(t);
  const store = new ControlStore(files.controlPath, sources);
  t.after(() => store.close());
  assert.throws(() => store.writeRow("event_type", eventTypeRow("a")), /in a transaction/);
});

test("a part of the ledger ends where a transaction ends", (t) => {
  const { files, sources, clock } = scratchControl(t);
  const store = new ControlStore(files.controlPath, sources);
  t.after(() => store.close());
  for (const names of [["a", "b", "c"], ["d"], ["e", "f"]]) {
    clock.atMs += 1;
    store.transaction(() => {
      for (const name of names) store.writeRow("event_type", eventTypeRow(name));
    });
  }
  const part = (after: number, most: number): number[] =>
    store.ledgerAfter(after, most).map(({ sequence }) => sequence);
  assert.deepEqual(part(0, 1), [1, 2, 3]);
  assert.deepEqual(part(0, 3), [1, 2, 3]);
  assert.deepEqual(part(0, 4), [1, 2, 3, 4]);
  assert.deepEqual(part(3, 2), [4, 5, 6]);
  assert.deepEqual(part(6, 1), []);
});

test("a store keeps its identity, and another one has another", (t) => {
  const { files, sources } = scratchControl(t);
  const first = new ControlStore(files.controlPath, sources);
  first.close();
  const again = new ControlStore(files.controlPath, sources);
  again.close();
  const other = new ControlStore(`${files.controlPath}.other`, sources);
  other.close();
  assert.match(first.id, /^[0-9a-f]{32}$/);
  assert.equal(again.id, first.id);
  assert.notEqual(other.id, first.id);
});

test("a file that a newer program has written is refused and left as it is", (t) => {
  const { files, sources } = scratchControl(t);
  new ControlStore(files.controlPath, sources).close();
  const newer = new DatabaseSync(files.controlPath);
  newer.exec(`PRAGMA user_version = ${controlMigrations.length + 1}`);
  newer.close();
  const before = readFileSync(files.controlPath);
  assert.throws(() => new ControlStore(files.controlPath, sources), { code: "data_newer" });
  assert.deepEqual(readFileSync(files.controlPath), before);
});

test("a damaged file and one that can't be made are told apart", (t) => {
  const { files, sources } = scratchControl(t);
  writeFileSync(files.controlPath, Buffer.alloc(8192, "no database"));
  assert.throws(() => new ControlStore(files.controlPath, sources), {
    code: "control_unavailable",
    message: /control\.db: file is not a database/,
  });
  assert.throws(() => new ControlStore(`${files.controlPath}/inside`, sources), {
    code: "data_unwritable",
  });
});
