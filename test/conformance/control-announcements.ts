/** What is staged to be told to the operator, along with the changes that it tells of. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { AnnouncementStage, ControlWriter } from "../../src/control/facade.ts";
import { type EndpointPause, initialPause } from "../../src/core/endpoint-pause.ts";
import { attemptIdOf } from "../../src/core/ids.ts";
import type { OpenControl } from "./control-store.ts";
import { newApplication, newEndpoint } from "./new-control-rows.ts";

const startMs = 1_700_000_000_000;

type Writer = ControlWriter & AnnouncementStage;

/** Types and data of what is staged, in order. */
async function staged(writer: Writer): Promise<readonly (readonly [string, object])[]> {
  const announcements = await writer.announcements(100);
  return announcements.map(({ event }) => [event.type, event.data]);
}

async function typesOf(writer: Writer): Promise<readonly string[]> {
  return (await staged(writer)).map(([type]) => type);
}

async function createShop(writer: ControlWriter) {
  const shop = newApplication({ uid: "shop" });
  return (await writer.createApplication("org", shop, false)).application;
}

export function announcementConformance(open: OpenControl): void {
  it("stages every change of an endpoint, as it was then", async (t) => {
    const { writer } = await open(t);
    const operational = await writer.putOperationalApplication("org");
    await writer.createEndpoint(operational.key, newEndpoint());
    const shop = await createShop(writer);
    const { uid: _, secret: __, headers: ___, ...fields } = newEndpoint();
    const put = await writer.putEndpoint(shop.key, "main", fields);
    assert.ok(put !== undefined);
    const { endpoint } = put;
    await writer.putEndpoint(shop.key, "main", fields);
    await writer.changeEndpoint(endpoint.key, { uid: undefined });
    await writer.changeApplication(shop.key, { uid: undefined });
    await writer.changeEndpointHeaders(endpoint.key, { "x-one": "1" });
    await writer.disableEndpoint(endpoint.key);
    await writer.disableEndpoint(endpoint.key);
    await writer.deleteEndpoint(endpoint.key);
    await writer.deleteEndpoint(endpoint.key);
    const data = { appId: shop.id, appUid: "shop", endpointId: endpoint.id, endpointUid: "main" };
    const nameless = { ...data, endpointUid: null };
    const last = { ...nameless, appUid: null };
    const announcements = await staged(writer);
    const disabled = announcements[4]?.[1];
    assert.ok(disabled !== undefined && "failSince" in disabled);
    const { failSince } = disabled;
    assert.equal(new Date(String(failSince)).toISOString(), failSince);
    assert.deepEqual(announcements, [
      ["endpoint.created", data],
      ["endpoint.updated", data],
      ["endpoint.updated", nameless],
      ["endpoint.updated", last],
      ["endpoint.disabled", { ...last, failSince }],
      ["endpoint.deleted", last],
    ]);
  });

  it("keeps since when an endpoint fails, and stages its pause and the end of it once", async (t) => {
    const { writer, reader } = await open(t);
    const operational = await writer.putOperationalApplication("org");
    await writer.createEndpoint(operational.key, newEndpoint());
    const shop = await createShop(writer);
    const { key: endpoint, id } = await writer.createEndpoint(shop.key, newEndpoint());
    const failing = { failingSinceMs: startMs, failures: 3 };
    const paused = { kind: "paused", ...failing, probes: 0, probeAtMs: startMs + 5_000 } as const;
    const steps: readonly EndpointPause[] = [
      { kind: "failing", ...failing, holdUntilMs: 0 },
      paused,
      { ...paused, probes: 1 },
      initialPause,
      initialPause,
    ];
    for (const pause of steps) {
      await writer.keepEndpointHealth([{ endpoint, pause }]);
      assert.deepEqual(reader.pauseOf(endpoint), pause);
    }
    const [, ...told] = await staged(writer);
    const { appId, appUid, endpointUid, ...times } = { ...told[0]?.[1] } as Record<string, unknown>;
    const data = { appId, appUid, endpointId: id, endpointUid };
    const failSince = new Date(startMs).toISOString();
    const pausedUntil = new Date(startMs + 5_000).toISOString();
    assert.deepEqual(times, { endpointId: id, failSince, pausedUntil });
    assert.deepEqual(told, [
      ["endpoint.paused", { ...data, failSince, pausedUntil }],
      ["endpoint.resumed", { ...data, failSince }],
    ]);
  });

  it("forgets the failures of an endpoint at another URL, enabled again or deleted", async (t) => {
    const { writer, reader } = await open(t);
    const shop = await createShop(writer);
    const { key: endpoint } = await writer.createEndpoint(shop.key, newEndpoint());
    const pause = {
      kind: "failing",
      failingSinceMs: startMs,
      failures: 3,
      holdUntilMs: 0,
    } as const;
    const ends = [
      () => writer.changeEndpoint(endpoint, { url: "https://elsewhere.example/" }),
      async () => {
        await writer.disableEndpoint(endpoint, startMs);
        assert.deepEqual(reader.pauseOf(endpoint), pause);
        await writer.changeEndpoint(endpoint, { disabled: false });
      },
      () => writer.deleteEndpoint(endpoint),
    ];
    for (const end of ends) {
      await writer.keepEndpointHealth([{ endpoint, pause }]);
      await writer.changeEndpoint(endpoint, { description: "another" });
      assert.deepEqual(reader.pauseOf(endpoint), pause);
      await end();
      assert.deepEqual(reader.pauseOf(endpoint), initialPause);
      await writer.keepEndpointHealth([{ endpoint, pause: initialPause }]);
    }
    await writer.keepEndpointHealth([{ endpoint, pause }]);
    assert.deepEqual(reader.pauseOf(endpoint), initialPause, "nothing is kept of a deleted one");
  });

  it("stages the end of each endpoint that ends with its application", async (t) => {
    const { writer } = await open(t);
    const shop = await createShop(writer);
    const endpoints = [
      await writer.createEndpoint(shop.key, newEndpoint()),
      await writer.createEndpoint(shop.key, newEndpoint()),
    ];
    const operational = await writer.putOperationalApplication("org");
    await writer.createEndpoint(operational.key, newEndpoint());
    await writer.deleteApplication(shop.key);
    await writer.deleteApplication(shop.key);
    const data = endpoints.map(({ id }) => ({
      appId: shop.id,
      appUid: "shop",
      endpointId: id,
      endpointUid: null,
    }));
    assert.deepEqual(
      await staged(writer),
      data.map((each) => ["endpoint.deleted", each]),
    );
  });

  it("stages what an operational endpoint asks for, disabled or not, and nothing of such an endpoint itself", async (t) => {
    const { writer } = await open(t);
    const shop = await createShop(writer);
    const create = () => writer.createEndpoint(shop.key, newEndpoint());
    await create();
    const { key } = await writer.putOperationalApplication("org");
    await create();
    const input = newEndpoint({ eventTypes: ["endpoint.deleted", "endpoint.created"] });
    const operational = await writer.createEndpoint(key, input);
    assert.deepEqual(await typesOf(writer), []);
    const { key: endpoint } = await create();
    await writer.changeEndpoint(endpoint, { disabled: true });
    assert.deepEqual(await typesOf(writer), ["endpoint.created"]);
    await writer.changeEndpoint(operational.key, { disabled: true });
    await writer.deleteEndpoint(endpoint);
    await writer.deleteEndpoint(operational.key);
    await create();
    assert.deepEqual(await typesOf(writer), ["endpoint.created", "endpoint.deleted"]);
  });

  it("stages nothing for another organisation, nor of a change that is refused", async (t) => {
    const { writer } = await open(t);
    const other = await writer.putOperationalApplication("other");
    await writer.createEndpoint(other.key, newEndpoint());
    const shop = await createShop(writer);
    await writer.createEndpoint(shop.key, newEndpoint({ uid: "main" }));
    const { key } = await writer.putOperationalApplication("org");
    await writer.createEndpoint(key, newEndpoint());
    const again = writer.createEndpoint(shop.key, newEndpoint({ uid: "main" }));
    await assert.rejects(again, { code: "conflict" });
    assert.deepEqual(await staged(writer), []);
  });

  it("keeps what is staged until it is removed, each under an id of its own", async (t) => {
    const { writer } = await open(t);
    const { key } = await writer.putOperationalApplication("org");
    await writer.createEndpoint(key, newEndpoint());
    const shop = await createShop(writer);
    for (let count = 0; count < 3; count += 1) await writer.createEndpoint(shop.key, newEndpoint());
    const all = await writer.announcements(100);
    assert.equal(new Set(all.map(({ id }) => id)).size, 3);
    for (const { id, organization } of all) {
      assert.match(id, /^ann_[0-9A-Za-z]{27}$/);
      assert.equal(organization, "org");
    }
    const firstTwo = await writer.announcements(2);
    assert.deepEqual(firstTwo, all.slice(0, 2));
    await writer.removeAnnouncements(firstTwo[1]?.key ?? 0);
    assert.deepEqual(await writer.announcements(100), all.slice(2));
    await writer.removeAnnouncements(all[2]?.key ?? 0);
    await writer.createEndpoint(shop.key, newEndpoint());
    const [next] = await writer.announcements(100);
    assert.ok(next !== undefined && next.key > (all[2]?.key ?? 0));
  });

  it("remembers the last attempt of each JobDb that was told", async (t) => {
    const { writer } = await open(t);
    assert.deepEqual(await writer.toldAttempts(), []);
    const [first, other] = [1, 2].map((jobDb) => ({ atMs: startMs, jobDb, row: 7, nonce: 3 }));
    assert.ok(first !== undefined && other !== undefined);
    const second = { ...first, row: 8 };
    await writer.keepToldAttempts([other, first]);
    await writer.keepToldAttempts([second]);
    assert.deepEqual(await writer.toldAttempts(), [attemptIdOf(second), attemptIdOf(other)]);
  });

  it("has one operational application for an organisation, which nobody else sees", async (t) => {
    const { writer, reader } = await open(t);
    assert.equal(reader.operationalApplication("org"), undefined);
    assert.equal(reader.operationalSinceMs(), Infinity);
    const operational = await writer.putOperationalApplication("org");
    assert.deepEqual(await writer.putOperationalApplication("org"), operational);
    assert.notEqual((await writer.putOperationalApplication("other")).key, operational.key);
    assert.deepEqual(reader.operationalApplication("org"), operational);
    assert.equal(reader.operationalSinceMs(), operational.createdAtMs);
    assert.equal(reader.application("org", operational.id), undefined);
    const all = { limit: 50, edge: undefined, order: "ascending" } as const;
    assert.deepEqual(reader.applications("org", all), []);
    const input = { name: "Mine", throttleRate: undefined, retentionDays: undefined, metadata: {} };
    assert.equal(await writer.putApplication("org", operational.id, input), undefined);

    const shop = await createShop(writer);
    const endpoint = await writer.createEndpoint(shop.key, newEndpoint());
    const own = await writer.createEndpoint(operational.key, newEndpoint());
    assert.equal(reader.customerOfEndpoint(own.key), undefined);
    await writer.deleteApplication(shop.key);
    assert.equal(reader.customerOfEndpoint(endpoint.key)?.id, shop.id);
  });
}
