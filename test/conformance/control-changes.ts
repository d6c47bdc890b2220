/** What every `ControlWriter` changes and deletes, and what its reader shows then. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { EndpointReplacement } from "../../src/control/entities.ts";
import type { ControlWriter } from "../../src/control/facade.ts";
import { limits } from "../../src/core/limits.ts";
import { hmacSecretOf } from "../../src/core/signing-secret.ts";
import type { OpenControl } from "./control-store.ts";
import { newApplication, newEndpoint, newEventType } from "./new-control-rows.ts";

const conflict = { name: "PosthornError", code: "conflict" };
const unknownApplicationId = `app_${"0".repeat(27)}`;
const unknownEndpointId = `ep_${"0".repeat(27)}`;

async function applicationOf(writer: ControlWriter, uid?: string) {
  const { application } = await writer.createApplication("org", newApplication({ uid }), false);
  return application;
}

export function applicationChanges(open: OpenControl): void {
  it("replaces an application by id or uid, and creates the one of a uid that is unknown", async (t) => {
    const { writer, reader } = await open(t);
    const input = { name: "One", throttleRate: 5, retentionDays: 30, metadata: { a: "b" } };
    const made = await writer.putApplication("org", "acme", input);
    assert.equal(made?.created, true);
    assert.equal(made.application.uid, "acme");
    const next = { name: "Two", throttleRate: undefined, retentionDays: undefined, metadata: {} };
    const byUid = await writer.putApplication("org", "acme", next);
    assert.equal(byUid?.created, false);
    assert.deepEqual(
      { ...byUid.application, updatedAtMs: 0 },
      {
        ...made.application,
        ...next,
        updatedAtMs: 0,
      },
    );
    assert.deepEqual(reader.application("org", "acme"), byUid.application);
    const byId = await writer.putApplication("org", made.application.id, next);
    assert.equal(byId?.application.uid, undefined);
    assert.equal(reader.application("org", "acme"), undefined);
    assert.equal(await writer.putApplication("org", unknownApplicationId, next), undefined);
  });

  it("changes what is given of an application, and takes away what is given as undefined", async (t) => {
    const { writer, reader } = await open(t);
    const input = newApplication({
      uid: "acme",
      throttleRate: 7,
      retentionDays: 30,
      metadata: { a: "b" },
    });
    const { application } = await writer.createApplication("org", input, false);
    const changed = await writer.changeApplication(application.key, { throttleRate: undefined });
    assert.equal(changed?.throttleRate, undefined);
    assert.deepEqual([changed?.uid, changed?.metadata], ["acme", { a: "b" }]);
    assert.deepEqual(reader.application("org", "acme"), changed);
  });

  it("refuses a uid that another application or endpoint has", async (t) => {
    const { writer } = await open(t);
    const { key } = await applicationOf(writer, "first");
    const second = await applicationOf(writer, "second");
    await assert.rejects(writer.changeApplication(second.key, { uid: "first" }), conflict);
    assert.equal((await writer.changeApplication(key, { uid: "first" }))?.uid, "first");
    await writer.createEndpoint(key, newEndpoint({ uid: "one" }));
    const two = await writer.createEndpoint(key, newEndpoint({ uid: "two" }));
    await assert.rejects(writer.changeEndpoint(two.key, { uid: "one" }), conflict);
  });

  it("deletes an application with its endpoints, and its uid is free again", async (t) => {
    const { writer, reader } = await open(t);
    const { key, id } = await applicationOf(writer, "acme");
    const endpoints = [
      await writer.createEndpoint(key, newEndpoint({ uid: "one" })),
      await writer.createEndpoint(key, newEndpoint()),
    ];
    for (const endpoint of endpoints) assert.ok(reader.find(endpoint.key) !== undefined);
    assert.equal(reader.subscriptions(key).length, 2);
    await writer.deleteApplication(key);
    await writer.deleteApplication(key);
    assert.equal(reader.application("org", "acme"), undefined);
    assert.equal(reader.application("org", id), undefined);
    assert.deepEqual(reader.subscriptions(key), []);
    for (const endpoint of endpoints) {
      assert.equal(reader.find(endpoint.key), undefined);
      assert.equal(reader.endpointIdOf(endpoint.key), endpoint.id);
    }
    await assert.rejects(writer.createEndpoint(key, newEndpoint()), conflict);
    assert.equal(await writer.changeApplication(key, { name: "x" }), undefined);
    assert.notEqual((await applicationOf(writer, "acme")).key, key);
  });
}

/** What replaces an endpoint, and leaves out what then stays. */
function withoutCredentials(): EndpointReplacement {
  const { basicAuth: _, tls: __, secret: ___, headers: ____, ...fields } = newEndpoint();
  return fields;
}

export function endpointChanges(open: OpenControl): void {
  it("replaces an endpoint but for its secret and headers, or creates it", async (t) => {
    const { writer, reader } = await open(t);
    const { key } = await applicationOf(writer);
    const { uid: _, secret: __, headers: ___, ...fields } = newEndpoint();
    const made = await writer.putEndpoint(key, "main", fields);
    assert.equal(made?.created, true);
    const { endpoint } = made;
    const secret = reader.endpointSecret(endpoint.key);
    await writer.changeEndpoint(endpoint.key, { headers: { "X-One": "1" } });
    const input = { ...fields, url: "https://example.org/", eventTypes: ["a"], disabled: true };
    const put = await writer.putEndpoint(key, endpoint.id, { ...input, uid: "main" });
    assert.equal(put?.created, false);
    assert.deepEqual([put.endpoint.uid, put.endpoint.eventTypes], ["main", ["a"]]);
    assert.equal(reader.endpointSecret(endpoint.key), secret);
    assert.deepEqual(reader.endpointHeaders(endpoint.key), { "X-One": "1" });
    assert.equal(reader.find(endpoint.key)?.url, "https://example.org/");
    assert.deepEqual(reader.subscriptions(key)[0]?.eventTypes, new Set(["a"]));
    assert.equal(await writer.putEndpoint(key, unknownEndpointId, fields), undefined);
  });

  it("disables and enables an endpoint, and everybody sees it", async (t) => {
    const { writer, reader } = await open(t);
    const { key } = await applicationOf(writer);
    const endpoint = await writer.createEndpoint(key, newEndpoint());
    for (const disabled of [true, false]) {
      await writer.changeEndpoint(endpoint.key, { disabled });
      assert.equal(reader.find(endpoint.key)?.disabled, disabled);
      assert.equal(reader.subscriptions(key)[0]?.disabled, disabled);
    }
  });

  it("keeps a URL's user information for that URL alone", async (t) => {
    const { writer, reader } = await open(t);
    const { key } = await applicationOf(writer);
    const input = newEndpoint({ url: "https://ann:pw@example.com/hook" });
    const endpoint = await writer.createEndpoint(key, input);
    const headers = reader.find(endpoint.key)?.headers;
    assert.equal(headers?.length, 1);
    await writer.changeEndpoint(endpoint.key, { url: endpoint.url });
    assert.deepEqual(reader.find(endpoint.key)?.headers, headers);
    await writer.changeEndpoint(endpoint.key, { url: "https://example.org/hook" });
    assert.deepEqual(reader.find(endpoint.key)?.headers, []);
  });

  it("keeps user name and password until they are taken away, or the URL is another", async (t) => {
    const { writer, reader } = await open(t);
    const { key } = await applicationOf(writer);
    const basicAuth = { username: "änn", password: "p:w" };
    const endpoint = await writer.createEndpoint(key, newEndpoint({ basicAuth }));
    const authorization = `Basic ${Buffer.from("änn:p:w").toString("base64")}`;
    const sent = () => reader.find(endpoint.key)?.headers;
    assert.deepEqual(sent(), [["authorization", authorization]]);
    assert.equal((await writer.changeEndpoint(endpoint.key, {}))?.hasBasicAuth, true);
    await writer.putEndpoint(key, endpoint.id, withoutCredentials());
    assert.deepEqual(sent(), [["authorization", authorization]]);
    await writer.changeEndpoint(endpoint.key, { url: "https://example.org/other" });
    assert.deepEqual(sent(), []);
    const moved = await writer.changeEndpoint(endpoint.key, { url: "https://x.org/", basicAuth });
    assert.deepEqual([sent(), moved?.hasBasicAuth], [[["authorization", authorization]], true]);
    const bare = await writer.changeEndpoint(endpoint.key, { basicAuth: undefined });
    assert.deepEqual([sent(), bare?.hasBasicAuth], [[], false]);
  });

  it("keeps each part of the TLS settings until it is taken away, and shows no private key", async (t) => {
    const { writer, reader } = await open(t);
    const { key } = await applicationOf(writer);
    const client = { chain: "chain", privateKey: "private" };
    const endpoint = await writer.createEndpoint(key, newEndpoint({ tls: { client } }));
    assert.deepEqual(endpoint.tls, { authorities: undefined, clientChain: "chain" });
    const used = () => reader.find(endpoint.key)?.tls;
    assert.deepEqual(used(), { authorities: undefined, client });
    await writer.changeEndpoint(endpoint.key, { tls: { authorities: "roots" } });
    await writer.putEndpoint(key, endpoint.id, withoutCredentials());
    assert.deepEqual(used(), { authorities: "roots", client });
    assert.equal(JSON.stringify(reader.endpoint(key, endpoint.id)).includes("private"), false);
    await writer.changeEndpoint(endpoint.key, { tls: { client: undefined } });
    assert.deepEqual(used(), { authorities: "roots", client: undefined });
    const bare = await writer.changeEndpoint(endpoint.key, { tls: undefined });
    assert.deepEqual([used(), bare?.tls], [undefined, undefined]);
  });

  it("changes headers whatever the case of their names, up to their limit", async (t) => {
    const { writer, reader } = await open(t);
    const { key } = await applicationOf(writer);
    const input = newEndpoint({ headers: { "X-One": "1", "X-Two": "2", "X-Three": "3" } });
    const endpoint = await writer.createEndpoint(key, input);
    const changes = { "x-one": "one", "x-two": undefined, "X-Four": "4" };
    assert.equal(await writer.changeEndpointHeaders(endpoint.key, changes), true);
    const expected = { "x-one": "one", "X-Three": "3", "X-Four": "4" };
    assert.deepEqual(reader.endpointHeaders(endpoint.key), expected);
    assert.deepEqual(reader.find(endpoint.key)?.headers, [
      ["x-one", "one"],
      ["x-three", "3"],
      ["x-four", "4"],
    ]);
    const names = Array.from({ length: limits.customHeadersMax }, (_, index) => `a-${index}`);
    const many = Object.fromEntries(names.map((name) => [name, ""]));
    await assert.rejects(writer.changeEndpointHeaders(endpoint.key, many), conflict);
    assert.deepEqual(reader.endpointHeaders(endpoint.key), expected);
  });

  it("deletes an endpoint, and its uid is free again", async (t) => {
    const { writer, reader } = await open(t);
    const { key } = await applicationOf(writer);
    const endpoint = await writer.createEndpoint(key, newEndpoint({ uid: "main" }));
    assert.ok(reader.find(endpoint.key) !== undefined);
    await writer.deleteEndpoint(endpoint.key);
    await writer.deleteEndpoint(endpoint.key);
    assert.equal(reader.find(endpoint.key), undefined);
    assert.equal(reader.endpoint(key, "main"), undefined);
    assert.deepEqual(reader.subscriptions(key), []);
    assert.equal(await writer.changeEndpoint(endpoint.key, { disabled: true }), undefined);
    assert.equal(await writer.changeEndpointHeaders(endpoint.key, {}), false);
    const rotation = { secret: undefined, overlapMs: 1 };
    assert.equal(await writer.rotateSecret(endpoint.key, rotation), false);
    assert.equal((await writer.createEndpoint(key, newEndpoint({ uid: "main" }))).uid, "main");
  });

  it("rotates a secret: the new one first, at most ten old ones beside it", async (t) => {
    const { writer, reader } = await open(t);
    const { key } = await applicationOf(writer);
    const endpoint = await writer.createEndpoint(key, newEndpoint());
    const made = [reader.endpointSecret(endpoint.key)];
    const given = hmacSecretOf(new Uint8Array(24).fill(1));
    const overlapMs = limits.secretOverlapSecondsMax * 1000;
    await writer.rotateSecret(endpoint.key, { secret: given, overlapMs });
    assert.equal(reader.endpointSecret(endpoint.key), given);
    made.push(given);
    while (made.length < limits.oldSecretsMax + 3) {
      await writer.rotateSecret(endpoint.key, { secret: undefined, overlapMs });
      made.push(reader.endpointSecret(endpoint.key));
    }
    const secrets = reader.find(endpoint.key)?.secrets ?? [];
    assert.deepEqual(
      secrets.map((secret) => secret.key),
      made.toReversed().slice(0, limits.oldSecretsMax + 1),
    );
    assert.deepEqual(
      secrets.map(({ expiresAtMs }) => expiresAtMs === undefined),
      secrets.map((_, index) => index === 0),
    );
  });

  it("stops signing with a secret at once if it is rotated without an overlap", async (t) => {
    const { writer, reader } = await open(t);
    const { key } = await applicationOf(writer);
    const endpoint = await writer.createEndpoint(key, newEndpoint());
    await writer.rotateSecret(endpoint.key, { secret: undefined, overlapMs: 0 });
    const current = reader.endpointSecret(endpoint.key);
    assert.deepEqual(reader.find(endpoint.key)?.secrets, [
      { key: current, expiresAtMs: undefined },
    ]);
  });
}

export function eventTypeChanges(open: OpenControl): void {
  it("replaces, changes, archives and deletes an event type", async (t) => {
    const { writer, reader } = await open(t);
    const input = newEventType({ featureFlag: "beta", schemas: { "1": { type: "object" } } });
    assert.equal((await writer.putEventType("org", input)).created, true);
    const put = await writer.putEventType("org", { ...input, description: "paid" });
    assert.equal(put.created, false);
    const changes = { archived: true, featureFlag: undefined };
    const changed = await writer.changeEventType("org", input.name, changes);
    assert.deepEqual(
      { ...changed, updatedAtMs: 0 },
      { ...put.eventType, ...changes, updatedAtMs: 0 },
    );
    assert.deepEqual(reader.eventType("org", input.name), changed);
    assert.equal(await writer.changeEventType("other", input.name, changes), undefined);
    assert.equal(await writer.deleteEventType("other", input.name), false);
    assert.equal(await writer.deleteEventType("org", input.name), true);
    assert.equal(await writer.deleteEventType("org", input.name), false);
    assert.equal(reader.eventType("org", input.name), undefined);
    assert.equal((await writer.createEventType("org", input)).featureFlag, "beta");
  });

  it("brings an archived event type back by creating it", async (t) => {
    const { writer, reader } = await open(t);
    await writer.createEventType("org", newEventType({ archived: true, featureFlag: "beta" }));
    const back = await writer.createEventType("org", newEventType({ description: "again" }));
    assert.deepEqual([back.archived, back.featureFlag], [false, undefined]);
    assert.deepEqual(reader.eventType("org", back.name), back);
  });
}
