/** What every pair of `ControlWriter` and `ControlReader` does about writes that take effect once. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { OnceKey, OnceWriter } from "../../src/control/facade.ts";
import type { OpenControl } from "./control-store.ts";
import { newApplication, newEndpoint, newEventType, somebody } from "./new-control-rows.ts";

/** Of which only one byte differs from another's. */
export function onceKeyOf(byte: number): OnceKey {
  return {
    hash: new Uint8Array(32).fill(byte),
    sealingKey: new Uint8Array(32).fill(byte + 1),
  };
}

const page = { limit: 50, edge: undefined, order: "ascending" } as const;
const newKey = { name: "CI", application: undefined, expiresAtMs: undefined };

/** @param open opens an empty control store and closes it after the test */
export function onceConformance(open: OpenControl): void {
  it("writes once for a key, and gives what that came to again, whatever is asked for then", async (t) => {
    const { writer, reader } = await open(t);
    const owner = (await writer.createApplication("org", newApplication(), false)).application;
    const endpoint = await writer.createEndpoint(owner.key, newEndpoint());
    const writes: ((once: OnceWriter, at: string) => Promise<unknown>)[] = [
      (once, at) => once.createApplication("org", newApplication({ uid: at }), false),
      (once, at) => once.createEndpoint(owner.key, newEndpoint({ uid: at })),
      (once, at) => once.createEventType("org", newEventType({ name: at })),
      (once) => once.rotateSecret(endpoint.key, { secret: undefined, overlapMs: 1 }),
      (once, at) => once.createApiKey("org", { ...newKey, name: at }),
      (once, at) => once.revokeToken(`token.${at}`, undefined),
      (once, at) => once.keep(at),
    ];
    for (const [index, write] of writes.entries()) {
      const key = onceKeyOf(index);
      const first = await write(writer.audited(somebody).once(key), "first");
      const secret = reader.endpointSecret(endpoint.key);
      assert.deepEqual(await write(writer.audited(somebody).once(key), "second"), first);
      assert.deepEqual(await writer.keptResult(key), { result: first });
      assert.equal(reader.endpointSecret(endpoint.key), secret);
    }
    assert.notEqual(reader.application("org", "first"), undefined);
    assert.equal(reader.application("org", "second"), undefined);
    assert.equal(reader.endpoint(owner.key, "second"), undefined);
    assert.equal(reader.eventType("org", "second"), undefined);
    assert.deepEqual(
      reader.apiKeys("org", page).map(({ name }) => name),
      ["first"],
    );
    assert.equal(reader.isTokenRevoked("token.second"), false);
    assert.deepEqual(await writer.keptResult(onceKeyOf(99)), undefined);
  });

  it("keeps nothing of what failed or was not there, so that it can be tried again", async (t) => {
    const { writer } = await open(t);
    const key = onceKeyOf(1);
    const taken = newApplication({ uid: "taken" });
    await writer.createApplication("org", taken, false);
    const failing = writer.audited(somebody).once(key).createApplication("org", taken, false);
    await assert.rejects(failing, { code: "conflict" });
    assert.equal(await writer.audited(somebody).once(key).deleteApiKey("org", "none"), false);
    assert.equal(await writer.keptResult(key), undefined);
    const free = newApplication({ uid: "free" });
    const { application } = await writer
      .audited(somebody)
      .once(key)
      .createApplication("org", free, false);
    assert.equal(application.uid, "free");
  });

  it("gives what was made as it was, whatever has become of it", async (t) => {
    const { writer, reader } = await open(t);
    const key = onceKeyOf(1);
    const create = () =>
      writer.audited(somebody).once(key).createApplication("org", newApplication(), false);
    const first = await create();
    await writer.deleteApplication(first.application.key);
    assert.deepEqual(await create(), first);
    assert.equal(reader.application("org", first.application.id), undefined);
  });
}
