import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  newApplication,
  newEndpoint,
  newEventType,
} from "../../test/conformance/new-control-rows.ts";
import { encryptionKeyOf } from "../../test/conformance/scratch-control.ts";
import { PosthornError } from "../core/errors.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { SqliteControlWriter } from "./sqlite-control-writer.ts";
import { tableNames } from "./tables.ts";

interface Chosen {
  readonly key: number;
  readonly uid: string | undefined;
  readonly disabled: boolean;
}

type Write = (writer: SqliteControlWriter, chosen: Chosen) => Promise<unknown>;

const { uid: _uid, secret: _secret, headers: _headers, ...endpointFields } = newEndpoint();
const writes: Readonly<Record<string, Write>> = {
  createApplication: (writer, { uid }) =>
    writer.createApplication("org", newApplication({ uid }), false),
  putApplication: (writer, { uid }) =>
    writer.putApplication("org", uid ?? "a", {
      name: "Put",
      throttleRate: 1,
      retentionDays: 9,
      metadata: {},
    }),
  changeApplication: (writer, { key, uid }) =>
    writer.changeApplication(applicationKeyOf(key), { uid }),
  putOperationalApplication: (writer) => writer.putOperationalApplication("org"),
  deleteApplication: (writer, { key }) => writer.deleteApplication(applicationKeyOf(key)),
  createEndpoint: (writer, { key, uid }) =>
    writer.createEndpoint(applicationKeyOf(key), newEndpoint({ uid })),
  putEndpoint: (writer, { key, uid }) =>
    writer.putEndpoint(applicationKeyOf(key), uid ?? "a", endpointFields),
  changeEndpoint: (writer, { key, uid, disabled }) =>
    writer.changeEndpoint(endpointKeyOf(key), { uid, disabled }),
  changeEndpointHeaders: (writer, { key, uid }) =>
    writer.changeEndpointHeaders(endpointKeyOf(key), { "x-one": uid }),
  deleteEndpoint: (writer, { key }) => writer.deleteEndpoint(endpointKeyOf(key)),
  rotateSecret: (writer, { key, disabled }) =>
    writer.rotateSecret(endpointKeyOf(key), { secret: undefined, overlapMs: disabled ? 0 : 3 }),
  setHandPause: (writer, { key, disabled }) =>
    writer.setHandPause(
      endpointKeyOf(key),
      disabled ? { untilMs: undefined, reason: "x" } : undefined,
    ),
  putEventType: (writer, { uid }) => writer.putEventType("org", newEventType({ name: uid ?? "a" })),
  changeEventType: (writer, { uid, disabled }) =>
    writer.changeEventType("org", uid ?? "a", { archived: disabled }),
  deleteEventType: (writer, { uid }) => writer.deleteEventType("org", uid ?? "a"),
};

function contentOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  const content = tableNames.map((table) =>
    database.prepare(`SELECT * FROM ${table} ORDER BY key`).all(),
  );
  database.close();
  return content;
}

/** What is true of a control store after any writes. */
function checkInvariants(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  const count = (sql: string): unknown => database.prepare(sql).get()?.["count"];
  const orphans = `SELECT count(*) AS count FROM endpoint JOIN application
    ON application.key = endpoint.application
    WHERE application.deleted_at_ms IS NOT NULL AND endpoint.deleted_at_ms IS NULL`;
  assert.equal(count(orphans), 0, "an application's end is its endpoints'");
  const current = `SELECT count(*) AS count FROM endpoint WHERE 1 <> (SELECT count(*)
    FROM signing_secret WHERE endpoint = endpoint.key AND expires_at_ms IS NULL)`;
  assert.equal(count(current.replace("WHERE endpoint =", "WHERE signing_secret.endpoint =")), 0);
  const most = `SELECT coalesce(max(old), 0) AS count FROM (SELECT count(expires_at_ms) AS old
    FROM signing_secret GROUP BY endpoint)`;
  assert.ok(Number(count(most)) <= limits.oldSecretsMax, "old secrets are bounded");
  database.close();
}

test("whatever is created, replaced, changed and deleted, the LDB has it as the store has it", async () => {
  const step = fc.record({
    write: fc.constantFrom(...Object.keys(writes)),
    key: fc.integer({ min: 1, max: 4 }),
    uid: fc.constantFrom("a", "b", undefined),
    disabled: fc.boolean(),
  });
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 60, size: "max" }),
    async (steps) => {
      const folder = mkdtempSync(join(tmpdir(), "posthorn-control-"));
      const files = { controlPath: join(folder, "control.db"), ldbPath: join(folder, "ldb.db") };
      let atMs = 1_700_000_000_000;
      let drawn = 0;
      const sources = {
        nowMs: () => (atMs += 1),
        // Never the same twice: a transaction may draw several.
        randomBytes: (size: number) => {
          drawn += 1;
          const bytes = new Uint8Array(size);
          new DataView(bytes.buffer).setUint32(0, drawn);
          return bytes;
        },
        keyRing: [encryptionKeyOf("k1", 1)] as const,
      };
      const writer = new SqliteControlWriter(files, sources, () => {});
      try {
        for (const { write, ...chosen } of steps) {
          try {
            await writes[write]?.(writer, chosen);
          } catch (error) {
            if (!(error instanceof PosthornError) || error.code !== "conflict") throw error;
          }
        }
        checkInvariants(files.controlPath);
        assert.deepEqual(contentOf(files.ldbPath), contentOf(files.controlPath));
      } finally {
        writer.close();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
  await fc.assert(property, { numRuns: 30 });
});
