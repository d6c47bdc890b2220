/** What every control store does about the audit log. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { AuditEntry, AuditQuery } from "../../src/control/audit.ts";
import type { OpenControl } from "./control-store.ts";
import { onceKeyOf } from "./control-once.ts";
import { newApplication, newEndpoint, newEventType, somebody } from "./new-control-rows.ts";

const all: AuditQuery = {
  limit: 50,
  edge: undefined,
  direction: "older",
  operation: undefined,
  application: undefined,
  sinceMs: undefined,
  untilMs: undefined,
};

const sequencesOf = (entries: readonly AuditEntry[]): readonly number[] =>
  entries.map(({ sequence }) => sequence);

/** @param open opens an empty control store and closes it after the test */
export function auditConformance(open: OpenControl): void {
  it("leaves an entry with each change that somebody asked for, and says what was made", async (t) => {
    const { writer } = await open(t);
    const audit = writer.audited(somebody);
    const { application } = await audit.createApplication("org", newApplication(), false);
    const inIt = { ...somebody, application: application.id };
    const endpoint = await writer.audited(inIt).createEndpoint(application.key, newEndpoint());
    const { apiKey, secret } = await audit.createApiKey("org", {
      name: "CI",
      application: application.key,
      expiresAtMs: undefined,
    });
    const entries = await writer.auditEntries("org", { ...all, direction: "newer" });
    const { id } = application;
    assert.deepEqual(
      entries.map(({ call, outcome }) => ({ ...call, outcome })),
      [
        { ...somebody, application: id, outcome: "done" },
        { ...inIt, subjects: { endpoint_id: endpoint.id }, outcome: "done" },
        { ...somebody, application: id, subjects: { key_id: apiKey.id }, outcome: "done" },
      ],
    );
    assert.deepEqual(sequencesOf(entries), [1, 2, 3]);
    assert.ok(!JSON.stringify(entries).includes(secret));
    const head = await writer.auditHead();
    assert.deepEqual(head, { sequence: 3, hash: entries[2]?.hash });
  });

  it("leaves one with what the server does by itself, in its name, and none when it changes nothing", async (t) => {
    const { writer } = await open(t);
    const { application } = await writer.createApplication("org", newApplication(), false);
    const [gone, failing] = [
      await writer.createEndpoint(application.key, newEndpoint()),
      await writer.createEndpoint(application.key, newEndpoint()),
    ];
    for (let time = 1; time <= 2; time += 1) {
      await writer.disableEndpoint(gone.key);
      await writer.disableEndpoint(failing.key, 5);
    }
    const entries = await writer.auditEntries("org", { ...all, direction: "newer" });
    const ofServer = {
      organization: "org",
      credential: { kind: "server", id: "posthorn" },
      scope: undefined,
      client: "",
      operation: "server.endpoint.disable",
      application: application.id,
    };
    assert.deepEqual(
      entries.map(({ call }) => call),
      [
        { ...ofServer, subjects: { endpoint_id: gone.id, reason: "gone" } },
        { ...ofServer, subjects: { endpoint_id: failing.id, reason: "failing" } },
      ],
    );
    assert.ok(entries.every(({ outcome }) => outcome === "done"));
  });

  it("leaves none with what changes nothing, and says what was refused", async (t) => {
    const { writer } = await open(t);
    const audit = writer.audited(somebody);
    const input = newApplication({ uid: "taken" });
    await audit.createApplication("org", input, true);
    await audit.createApplication("org", input, true);
    assert.equal(await audit.deleteApiKey("org", "none"), false);
    assert.equal(await audit.changeEventType("org", "none", {}), undefined);
    await assert.rejects(audit.createApplication("org", input, false), { code: "conflict" });
    const entries = await writer.auditEntries("org", all);
    assert.deepEqual(
      entries.map(({ sequence, outcome }) => [sequence, outcome]),
      [
        [2, "refused"],
        [1, "done"],
      ],
    );
  });

  it("leaves one entry for a key, however often it is asked", async (t) => {
    const { writer } = await open(t);
    const once = writer.audited(somebody).once(onceKeyOf(1));
    const first = await once.createEventType("org", newEventType());
    assert.deepEqual(await once.createEventType("org", newEventType()), first);
    assert.equal(await writer.audited(somebody).once(onceKeyOf(2)).keep("kept"), "kept");
    assert.deepEqual(sequencesOf(await writer.auditEntries("org", all)), [1]);
  });

  it("lists an organisation's own entries, by operation, application and time, from both ends", async (t) => {
    const { writer } = await open(t);
    const record = (fields: Partial<typeof somebody>) =>
      writer.audited({ ...somebody, ...fields }).record("told");
    await record({ application: "app_1" });
    await record({ organization: "other", application: "app_1" });
    await record({ application: "app_2", operation: "v1.other" });
    await record({ operation: "v1.other" });
    await record({ application: "app_1", operation: "v1.other" });
    const list = async (query: Partial<AuditQuery>, organization = "org") =>
      sequencesOf(await writer.auditEntries(organization, { ...all, ...query }));
    assert.deepEqual(await list({}), [5, 4, 3, 1]);
    assert.deepEqual(await list({}, "other"), [2]);
    assert.deepEqual(await list({}, "third"), []);
    assert.deepEqual(await list({ limit: 2 }), [5, 4]);
    assert.deepEqual(await list({ limit: 2, edge: 4 }), [3, 1]);
    assert.deepEqual(await list({ limit: 2, edge: 1, direction: "newer" }), [3, 4]);
    assert.deepEqual(await list({ application: "app_1" }), [5, 1]);
    assert.deepEqual(await list({ operation: "v1.other" }), [5, 4, 3]);
    assert.deepEqual(await list({ application: "app_1", operation: "v1.other" }), [5]);
    const [newest] = await writer.auditEntries("org", all);
    const atMs = newest?.atMs ?? 0;
    assert.deepEqual((await list({ sinceMs: atMs }))[0], 5);
    assert.deepEqual(await list({ sinceMs: atMs + 1 }), []);
    assert.deepEqual(await list({ untilMs: 0 }), []);
    assert.deepEqual(await list({ untilMs: atMs + 1 }), [5, 4, 3, 1]);
  });
}
