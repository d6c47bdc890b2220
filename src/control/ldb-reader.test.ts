import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import {
  eventTypeRow,
  newApplication,
  newEndpoint,
} from "../../test/conformance/new-control-rows.ts";
import { scratchControl } from "../../test/conformance/scratch-control.ts";
import type { ApplicationKey, EndpointKey } from "../core/ids.ts";
import { ControlStore } from "./control-store.ts";
import { createApplication } from "./create-application.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { LdbReader } from "./ldb-reader.ts";
import { Reflector } from "./reflector.ts";

/** A store that is written through its door, and two readers: in the reflector's process, and as in another. */
function stage(t: TestContext) {
  const { files, sources, clock } = scratchControl(t);
  const { randomBytes } = sources;
  const store = new ControlStore(files.controlPath, sources);
  const reflector = new Reflector(files.ldbPath, store);
  const generation = new Int32Array(new SharedArrayBuffer(4));
  const near = new LdbReader(files.ldbPath, { ...sources, generation });
  const far = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
  t.after(() => {
    for (const opened of [near, far, reflector, store]) opened.close();
  });
  const write = <Result>(change: (atMs: number) => Result): Result => {
    const result = store.transaction(change);
    reflector.catchUp(() => Atomics.add(generation, 0, 1));
    return result;
  };
  return {
    files,
    sources,
    clock,
    store,
    write,
    readers: [near, far],
    addApplication: (uid?: string) =>
      write((atMs) => {
        const input = newApplication({ uid });
        return createApplication({ store, atMs, randomBytes }, "org", input, false).application;
      }),
    addEndpoint: (application: ApplicationKey, url?: string) =>
      write((atMs) => {
        const input = newEndpoint(url === undefined ? {} : { url });
        return createEndpoint({ store, atMs, randomBytes }, application, input);
      }),
    changeEndpoint: (key: EndpointKey, fields: object) =>
      write(() => {
        const row = store.endpoint(key);
        assert(row !== undefined);
        store.writeRow("endpoint", { ...row, ...fields });
      }),
    deleteApplication: (key: ApplicationKey) =>
      write((atMs) => {
        const row = store.application(key);
        assert(row !== undefined);
        store.writeRow("application", { ...row, deleted_at_ms: atMs });
      }),
  };
}

test("retentions are those of the applications that have their own, deleted or not, at this moment", (t) => {
  const { readers, write, store, ...make } = stage(t);
  make.addApplication();
  const application = make.addApplication();
  const dayMs = 24 * 60 * 60 * 1000;
  for (const [days, deletedAtMs] of [
    [7, null],
    [3_650, null],
    [3_650, 1],
    [null, 1],
  ] as const) {
    write(() => {
      const row = store.application(application.key);
      assert(row !== undefined);
      store.writeRow("application", { ...row, retention_days: days, deleted_at_ms: deletedAtMs });
    });
    const expected = days === null ? [] : [[application.key, days * dayMs]];
    for (const reader of readers) assert.deepEqual([...reader.retentionsMs()], expected);
  }
});

test("rates of endpoint and application are those of this moment", (t) => {
  const { readers, write, store, changeEndpoint, ...make } = stage(t);
  const application = make.addApplication();
  const endpoint = make.addEndpoint(application.key);
  const changeRates = (rate: number | null): void => {
    changeEndpoint(endpoint.key, { throttle_rate: rate });
    write(() => {
      const row = store.application(application.key);
      assert(row !== undefined);
      store.writeRow("application", { ...row, throttle_rate: rate });
    });
  };
  for (const rate of [7, 65_535, null]) {
    changeRates(rate);
    for (const reader of readers) {
      assert.equal(reader.find(endpoint.key)?.throttleRate, rate ?? undefined);
      assert.equal(reader.throttleRateOf(application.key), rate ?? undefined);
    }
  }
});

test("a destination and subscriptions stay the same objects until they change", (t) => {
  const { readers, write, store, ...make } = stage(t);
  const application = make.addApplication();
  const endpoint = make.addEndpoint(application.key);
  for (const reader of readers) {
    const destination = reader.find(endpoint.key);
    const subscriptions = reader.subscriptions(application.key);
    const other = make.addApplication();
    make.addEndpoint(other.key);
    write(() => store.writeRow("event_type", eventTypeRow(`after ${other.key}`)));
    assert.equal(reader.find(endpoint.key), destination);
    assert.equal(reader.subscriptions(application.key), subscriptions);
    make.changeEndpoint(endpoint.key, { url: `https://example.com/${other.key}` });
    assert.equal(reader.find(endpoint.key)?.url, `https://example.com/${other.key}`);
    assert.notEqual(reader.subscriptions(application.key), subscriptions);
  }
});

test("an application is found by its new holder once a uid has changed hands", (t) => {
  const { readers, ...make } = stage(t);
  for (const reader of readers) {
    const first = make.addApplication("acme");
    assert.equal(reader.application("org", "acme")?.key, first.key);
    assert.equal(reader.application("org", "acme"), reader.application("org", "acme"));
    make.deleteApplication(first.key);
    assert.equal(reader.application("org", "acme"), undefined);
    assert.equal(reader.application("org", first.id), undefined);
    const second = make.addApplication("acme");
    assert.equal(reader.application("org", "acme")?.key, second.key);
    make.deleteApplication(second.key);
  }
});

test("an application's end is the end of its endpoints, and of no others", (t) => {
  const { readers, ...make } = stage(t);
  const [ended, other] = [make.addApplication(), make.addApplication()];
  const endpoint = make.addEndpoint(ended.key);
  const kept = make.addEndpoint(other.key);
  const before = readers.map((reader) => [reader.find(endpoint.key), reader.find(kept.key)]);
  make.deleteApplication(ended.key);
  for (const [index, reader] of readers.entries()) {
    assert.equal(before[index]?.[0]?.endpoint, endpoint.key);
    assert.equal(reader.find(endpoint.key), undefined);
    assert.equal(reader.find(kept.key), before[index]?.[1]);
    assert.deepEqual(
      reader
        .applications("org", { limit: 9, edge: undefined, order: "ascending" })
        .map(({ key }) => key),
      [other.key],
    );
  }
});

test("a deleted endpoint is seen by nobody, but its id by who knows its key", (t) => {
  const { readers, ...make } = stage(t);
  const application = make.addApplication();
  const endpoint = make.addEndpoint(application.key);
  for (const reader of readers) assert.equal(reader.find(endpoint.key)?.id, endpoint.id);
  make.changeEndpoint(endpoint.key, { deleted_at_ms: 1 });
  const page = { limit: 9, edge: undefined, order: "descending" } as const;
  for (const reader of readers) {
    assert.equal(reader.find(endpoint.key), undefined);
    assert.equal(reader.endpoint(application.key, endpoint.id), undefined);
    assert.deepEqual(reader.endpoints(application.key, page), []);
    assert.deepEqual(reader.subscriptions(application.key), []);
    assert.equal(reader.endpointIdOf(endpoint.key), endpoint.id);
  }
});

test("a rotated secret signs until it expires, after the current one", (t) => {
  const { readers, write, store, clock, ...make } = stage(t);
  const application = make.addApplication();
  const { key: endpoint } = make.addEndpoint(application.key);
  for (const reader of readers) assert.equal(reader.find(endpoint)?.secrets.length, 1);
  write((atMs) => {
    const row = { endpoint, created_at_ms: atMs };
    const expired = { ...row, secret: "whsec_expired", expires_at_ms: atMs };
    const rotated = { ...row, secret: "whsec_rotated", expires_at_ms: atMs + 1 };
    store.writeRow("signing_secret", { ...expired, key: 1 });
    store.writeRow("signing_secret", { ...rotated, key: null });
    const current = { ...row, secret: "whsec_current", expires_at_ms: null };
    store.writeRow("signing_secret", { ...current, key: null });
  });
  for (const reader of readers) {
    assert.deepEqual(reader.find(endpoint)?.secrets, [
      { key: "whsec_current", expiresAtMs: undefined },
      { key: "whsec_rotated", expiresAtMs: clock.atMs + 1 },
    ]);
    assert.equal(reader.endpointSecret(endpoint), "whsec_current");
  }
});

test("a header that was set counts more than the URL's user information", (t) => {
  const { readers, ...make } = stage(t);
  const application = make.addApplication();
  const { key } = make.addEndpoint(application.key, "https://ann:secret@example.com/");
  const headers = JSON.stringify({ "X-Team": "a", Authorization: "Bearer b" });
  make.changeEndpoint(key, { headers });
  for (const reader of readers) {
    assert.deepEqual(reader.find(key)?.headers, [
      ["authorization", "Bearer b"],
      ["x-team", "a"],
    ]);
  }
});

test("a reader that has missed more changes than are listed reads all again", (t) => {
  const { readers, write, store, ...make } = stage(t);
  const application = make.addApplication();
  const { key } = make.addEndpoint(application.key);
  for (const reader of readers) assert.equal(reader.find(key)?.disabled, false);
  write(() => {
    const row = store.endpoint(key);
    assert(row !== undefined);
    store.writeRow("endpoint", { ...row, disabled: 1 });
    for (let index = 0; index < 10_000; index += 1) {
      store.writeRow("event_type", eventTypeRow(`type${index}`));
    }
  });
  for (const reader of readers) {
    const destination = reader.find(key);
    assert.equal(destination?.disabled, true);
    write(() =>
      store.writeRow("event_type", eventTypeRow(`one more ${String(reader === readers[0])}`)),
    );
    assert.equal(reader.find(key), destination);
  }
});

test("rows that were erased take everything with them that may hold them", (t) => {
  const { readers, files, write, ...make } = stage(t);
  const application = make.addApplication();
  const { key } = make.addEndpoint(application.key);
  for (const reader of readers) {
    assert.equal(reader.find(key)?.secrets.length, 1);
    assert.equal(reader.subscriptions(application.key).length, 1);
  }
  const other = new DatabaseSync(files.controlPath);
  other.exec(`
    INSERT INTO ledger (table_name, key, row, at_ms) VALUES ('signing_secret', 1, NULL, 9);
    INSERT INTO ledger (table_name, key, row, at_ms) VALUES ('endpoint', 99, NULL, 9);
  `);
  other.close();
  const before = readers.map((reader) => reader.subscriptions(application.key));
  write(() => {});
  for (const [index, reader] of readers.entries()) {
    assert.equal(reader.find(key)?.secrets.length, 0);
    assert.notEqual(reader.subscriptions(application.key), before[index]);
  }
});

test("without an LDB, or with one of another version, there is nothing to read", (t) => {
  const { files, sources } = stage(t);
  const options = { ...sources, generation: undefined };
  assert.throws(() => new LdbReader(`${files.ldbPath}.none`, options), {
    code: "control_unavailable",
  });
  const ldb = new DatabaseSync(files.ldbPath);
  ldb.exec("PRAGMA user_version = 99");
  ldb.close();
  assert.throws(() => new LdbReader(files.ldbPath, options), {
    code: "control_unavailable",
    message: /is not an LDB of this program/,
  });
});

test("an endpoint whose secret was altered is told as unreadable, once for each change, and others are as they were", (t) => {
  const { files, sources, addApplication, addEndpoint, changeEndpoint } = stage(t);
  const application = addApplication();
  const [altered, sound] = [addEndpoint(application.key), addEndpoint(application.key)];
  const ldb = new DatabaseSync(files.ldbPath);
  ldb
    .prepare("UPDATE signing_secret SET secret = replace(secret, ':', ';') WHERE endpoint = ?")
    .run(altered.key);
  ldb.close();
  const told: string[] = [];
  const reader = new LdbReader(files.ldbPath, {
    ...sources,
    generation: undefined,
    onUnreadable: ({ id }, { message }) => void told.push(`${id}: ${message}`),
  });
  t.after(() => reader.close());
  for (let look = 1; look <= 2; look += 1) {
    const found = reader.find(altered.key);
    assert.equal(found?.readable, false);
    assert.deepEqual([found.secrets, found.headers, found.tls], [[], [], undefined]);
    assert.equal(reader.find(sound.key)?.readable, true);
    assert.equal(told.length, 1);
  }
  assert.match(
    told[0] ?? "",
    new RegExp(`^${altered.id}: the secret of signing_secret \\d+ can't`),
  );
  changeEndpoint(altered.key, { url: "https://other.example/" });
  reader.find(altered.key);
  assert.equal(told.length, 2);
});
