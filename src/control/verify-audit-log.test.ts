import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import { somebody } from "../../test/conformance/new-control-rows.ts";
import { migrate } from "../sqlite/migrate.ts";
import type { AuditHead } from "./audit.ts";
import { AuditWriter } from "./audit-writer.ts";
import { controlMigrations } from "./control-migrations.ts";
import { verifyAuditLog } from "./verify-audit-log.ts";

const count = 8;

/** A log of eight entries, and its head after each number of them. */
function open(t?: TestContext) {
  const database = new DatabaseSync(":memory:");
  t?.after(() => database.close());
  migrate(database, controlMigrations, "control.db");
  const writer = new AuditWriter(database);
  const heads: AuditHead[] = [writer.head()];
  for (let index = 1; index <= count; index += 1) {
    writer.append({ ...somebody, subjects: { endpoint_id: `ep_${index}` } }, "done", index);
    heads.push(writer.head());
  }
  return { database, writer, heads };
}

/** What somebody does to the file who can write into it, and which entry is the first that shows it. */
const tampering: Readonly<
  Record<string, { readonly sql: (at: number) => string; readonly shows: (at: number) => number }>
> = {
  "changes an entry's text": {
    sql: (at) =>
      `UPDATE audit_entry SET entry = replace(entry, 'done', 'told') WHERE sequence = ${at}`,
    shows: (at) => at,
  },
  "changes a hash": {
    sql: (at) => `UPDATE audit_entry SET hash = zeroblob(32) WHERE sequence = ${at}`,
    shows: (at) => at,
  },
  "takes an entry away": {
    sql: (at) => `DELETE FROM audit_entry WHERE sequence = ${at}`,
    shows: (at) => at,
  },
  "takes an entry away and closes the gap": {
    sql: (at) =>
      `DELETE FROM audit_entry WHERE sequence = ${at};
       UPDATE audit_entry SET sequence = -sequence WHERE sequence > ${at};
       UPDATE audit_entry SET sequence = -sequence - 1 WHERE sequence < 0;
       UPDATE audit_head SET sequence = sequence - 1`,
    // The last that is left may as well be the one that was altered.
    shows: (at) => (at === count ? at - 1 : at),
  },
  "cuts the end off": {
    sql: (at) => `DELETE FROM audit_entry WHERE sequence >= ${at}`,
    shows: (at) => at,
  },
  "swaps an entry with the next": {
    sql: (at) => {
      const other = at === count ? at - 1 : at + 1;
      return `UPDATE audit_entry SET sequence = -1 WHERE sequence = ${at};
              UPDATE audit_entry SET sequence = ${at} WHERE sequence = ${other};
              UPDATE audit_entry SET sequence = ${other} WHERE sequence = -1`;
    },
    shows: (at) => (at === count ? at - 1 : at),
  },
  "puts an entry in front": {
    sql: () =>
      "INSERT INTO audit_entry (sequence, entry, hash) SELECT 0, entry, hash FROM audit_entry WHERE sequence = 1",
    shows: () => 0,
  },
  "moves the end back": {
    sql: (at) =>
      `UPDATE audit_head SET sequence = ${at} - 1,
         hash = coalesce((SELECT hash FROM audit_entry WHERE sequence = ${at} - 1), zeroblob(32))`,
    shows: (at) => at,
  },
};

test("a log that nobody has touched is whole, also as far as each head that was kept of it", (t) => {
  const { database, heads } = open(t);
  const whole = { kind: "whole", head: heads[count] };
  assert.deepEqual(verifyAuditLog(database), whole);
  for (const head of heads) assert.deepEqual(verifyAuditLog(database, head), whole);
});

for (const [what, { sql, shows }] of Object.entries(tampering)) {
  test(`the first entry is named that shows it when somebody ${what}`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: count }), (at) => {
        const { database } = open();
        database.exec(sql(at));
        const verdict = verifyAuditLog(database);
        database.close();
        assert.equal(verdict.kind, "broken");
        assert.equal(verdict.kind === "broken" && verdict.sequence, shows(at));
      }),
      { numRuns: 20 },
    );
  });
}

test("an end that was cut off together with the mark of the end shows by a head that was kept", (t) => {
  const { database, heads } = open(t);
  database.exec(
    `DELETE FROM audit_entry WHERE sequence > 5;
     UPDATE audit_head SET sequence = 5, hash = (SELECT hash FROM audit_entry WHERE sequence = 5)`,
  );
  assert.deepEqual(verifyAuditLog(database), { kind: "whole", head: heads[5] });
  const verdict = verifyAuditLog(database, heads[count]);
  assert.equal(verdict.kind === "broken" && verdict.sequence, 6);
});

test("a log that was made anew as a whole shows by a head that was kept", (t) => {
  const { database, writer, heads } = open(t);
  database.exec("DELETE FROM audit_entry; UPDATE audit_head SET sequence = 0, hash = zeroblob(32)");
  for (let index = 1; index <= count; index += 1) writer.append(somebody, "done", index);
  assert.equal(verifyAuditLog(database).kind, "whole");
  const verdict = verifyAuditLog(database, heads[3]);
  assert.equal(verdict.kind === "broken" && verdict.sequence, 3);
});

test("what is appended after an end was cut off does not hide that", (t) => {
  const { database, writer } = open(t);
  database.exec("DELETE FROM audit_entry WHERE sequence > 6");
  writer.append(somebody, "done", 9);
  const verdict = verifyAuditLog(database);
  assert.equal(verdict.kind === "broken" && verdict.sequence, 7);
});
