/** What every pair of `ControlWriter` and `ControlReader` does, wherever the store lives. */
import { initialPause } from "../../src/core/endpoint-pause.ts";
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Erasures } from "../../src/control/erasure.ts";
import type { AuditLog } from "../../src/control/audit.ts";
import type {
  AnnouncementStage,
  ControlPage,
  ControlReader,
  ControlWriter,
  HealthKeeping,
} from "../../src/control/facade.ts";
import { applicationKeyOf } from "../../src/core/ids.ts";
import { hmacSecretOf } from "../../src/core/signing-secret.ts";
import type { Destinations } from "../../src/director/ports.ts";
import { accessConformance } from "./control-access.ts";
import { auditConformance } from "./control-audit.ts";
import { announcementConformance } from "./control-announcements.ts";
import { applicationChanges, endpointChanges, eventTypeChanges } from "./control-changes.ts";
import { onceConformance } from "./control-once.ts";
import { taskConformance } from "./control-tasks.ts";
import { newApplication, newEndpoint, newEventType } from "./new-control-rows.ts";

export interface ControlUnderTest {
  readonly writer: ControlWriter & AnnouncementStage & HealthKeeping & AuditLog & Erasures;
  readonly reader: ControlReader & Destinations;
}

/** @param open opens an empty control store and closes it after the test */
export function controlConformance(
  name: string,
  open: (t: TestContext) => Promise<ControlUnderTest>,
): void {
  describe(`${name} as a control store`, () => {
    applications(open);
    endpoints(open);
    secrets(open);
    eventTypes(open);
    applicationChanges(open);
    endpointChanges(open);
    eventTypeChanges(open);
    accessConformance(open);
    onceConformance(open);
    auditConformance(open);
    taskConformance(open);
    announcementConformance(open);
  });
}

export type OpenControl = (t: TestContext) => Promise<ControlUnderTest>;
type Open = OpenControl;

const conflict = { name: "PosthornError", code: "conflict" };

function page(fields: Partial<ControlPage> = {}): ControlPage {
  return { limit: 50, edge: undefined, order: "ascending", ...fields };
}

function applications(open: Open): void {
  it("reads an application back by its id and by its uid as it was created", async (t) => {
    const { writer, reader } = await open(t);
    const input = newApplication({
      uid: "acme",
      name: "Acme \u0000 Ünïcode",
      throttleRate: 65_535,
      metadata: JSON.parse('{"__proto__":"a","b":""}'),
    });
    const { application, created } = await writer.createApplication("org", input, false);
    assert.equal(created, true);
    assert.match(application.id, /^app_[0-9A-Za-z]{27}$/);
    assert.equal(application.createdAtMs, application.updatedAtMs);
    const { key, id, createdAtMs, updatedAtMs } = application;
    const expected = { key, id, organization: "org", createdAtMs, updatedAtMs, ...input };
    assert.deepEqual(application, expected);
    assert.deepEqual(reader.application("org", id), expected);
    assert.deepEqual(reader.application("org", "acme"), expected);
  });

  it("shows another organisation nothing, whatever the two names run together to", async (t) => {
    const { writer, reader } = await open(t);
    const input = newApplication({ uid: "c" });
    const { application } = await writer.createApplication("ab", input, false);
    assert.equal(reader.application("ab", "c")?.id, application.id);
    assert.equal(reader.application("a", "bc"), undefined);
    assert.equal(reader.application("abc", ""), undefined);
    assert.equal(reader.application("other", application.id), undefined);
    assert.equal(reader.application("other", "c"), undefined);
    assert.deepEqual(reader.applications("other", page()), []);
  });

  it("takes a name for an id before it takes it for a uid", async (t) => {
    const { writer, reader } = await open(t);
    const first = await writer.createApplication("org", newApplication(), false);
    const uid = first.application.id;
    const second = await writer.createApplication("org", newApplication({ uid }), false);
    assert.equal(reader.application("org", uid)?.key, first.application.key);
    assert.equal(reader.application("org", second.application.id)?.key, second.application.key);
  });

  it("refuses a taken uid, or returns the application that has it", async (t) => {
    const { writer } = await open(t);
    const input = newApplication({ uid: "acme" });
    const { application } = await writer.createApplication("org", input, true);
    await assert.rejects(writer.createApplication("org", input, false), conflict);
    const again = await writer.createApplication("org", { ...input, name: "Other" }, true);
    assert.deepEqual(again, { application, created: false });
    const elsewhere = await writer.createApplication("other", input, false);
    assert.equal(elsewhere.created, true);
  });

  it("lists applications in the order of their ids, from both ends, page by page", async (t) => {
    const { writer, reader } = await open(t);
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const { application } = await writer.createApplication("org", newApplication(), false);
      ids.push(application.id);
    }
    ids.sort();
    const list = (order: ControlPage["order"], edge: string | undefined): string[] =>
      reader.applications("org", { limit: 2, edge, order }).map((application) => application.id);
    assert.deepEqual(list("ascending", undefined), ids.slice(0, 2));
    assert.deepEqual(list("ascending", ids[1]), ids.slice(2, 4));
    assert.deepEqual(list("ascending", ids[3]), ids.slice(4));
    assert.deepEqual(list("ascending", ids[4]), []);
    const reversed = ids.toReversed();
    assert.deepEqual(list("descending", undefined), reversed.slice(0, 2));
    assert.deepEqual(list("descending", reversed[1]), reversed.slice(2, 4));
    assert.deepEqual(list("descending", reversed[3]), reversed.slice(4));
  });
}

async function applicationIn(writer: ControlWriter, organization = "org") {
  const { application } = await writer.createApplication(organization, newApplication(), false);
  return application.key;
}

function endpoints(open: Open): void {
  it("reads an endpoint back by its id and by its uid as it was created", async (t) => {
    const { writer, reader } = await open(t);
    const application = await applicationIn(writer);
    const input = newEndpoint({
      uid: "main",
      url: "https://example.com",
      description: "the main one",
      disabled: true,
      eventTypes: ["a.b", "c"],
      channels: ["one"],
      throttleRate: 1,
      ordered: true,
      metadata: { team: "billing" },
    });
    const { key, id, createdAtMs, ...rest } = await writer.createEndpoint(application, input);
    const { secret: _, headers: __, basicAuth: ___, ...fields } = input;
    assert.match(id, /^ep_[0-9A-Za-z]{27}$/);
    const made = {
      application,
      updatedAtMs: createdAtMs,
      hasBasicAuth: false,
      handPause: undefined,
    };
    assert.deepEqual(rest, { ...made, ...fields });
    const expected = { key, id, createdAtMs, ...rest };
    assert.deepEqual(reader.endpoint(application, id), expected);
    assert.deepEqual(reader.endpoint(application, "main"), expected);
    assert.deepEqual(reader.endpoints(application, page()), [expected]);
    assert.equal(reader.endpointIdOf(key), id);
  });

  it("shows another application nothing of an endpoint", async (t) => {
    const { writer, reader } = await open(t);
    const [mine, other] = [await applicationIn(writer), await applicationIn(writer)];
    const { id } = await writer.createEndpoint(mine, newEndpoint({ uid: "main" }));
    assert.equal(reader.endpoint(other, id), undefined);
    assert.equal(reader.endpoint(other, "main"), undefined);
    assert.deepEqual(reader.endpoints(other, page()), []);
    assert.deepEqual(reader.subscriptions(other), []);
  });

  it("refuses an endpoint's uid that is taken in its application only", async (t) => {
    const { writer } = await open(t);
    const [mine, other] = [await applicationIn(writer), await applicationIn(writer)];
    await writer.createEndpoint(mine, newEndpoint({ uid: "main" }));
    await assert.rejects(writer.createEndpoint(mine, newEndpoint({ uid: "main" })), conflict);
    assert.equal((await writer.createEndpoint(other, newEndpoint({ uid: "main" }))).uid, "main");
  });

  it("refuses an endpoint of an application that is not there", async (t) => {
    const { writer } = await open(t);
    await assert.rejects(writer.createEndpoint(applicationKeyOf(9), newEndpoint()), conflict);
  });

  it("shows what an application's endpoints ask for in the order of their creation", async (t) => {
    const { writer, reader } = await open(t);
    const application = await applicationIn(writer);
    assert.deepEqual(reader.subscriptions(application), []);
    const all = await writer.createEndpoint(application, newEndpoint());
    const some = await writer.createEndpoint(
      application,
      newEndpoint({ eventTypes: ["a", "b"], channels: ["x"], disabled: true }),
    );
    assert.deepEqual(reader.subscriptions(application), [
      { endpoint: all.key, disabled: false, eventTypes: undefined, channels: undefined },
      {
        endpoint: some.key,
        disabled: true,
        eventTypes: new Set(["a", "b"]),
        channels: new Set(["x"]),
      },
    ]);
  });

  it("keeps a URL's user information as a header and shows it nowhere", async (t) => {
    const { writer, reader } = await open(t);
    const application = await applicationIn(writer);
    const input = newEndpoint({ url: "https://ann:s%3Acret@example.com/hook?x=1" });
    const endpoint = await writer.createEndpoint(application, input);
    assert.equal(endpoint.url, "https://example.com/hook?x=1");
    assert.deepEqual(reader.endpoint(application, endpoint.id), endpoint);
    const destination = reader.find(endpoint.key);
    assert.equal(destination?.url, "https://example.com/hook?x=1");
    const authorization = `Basic ${Buffer.from("ann:s:cret").toString("base64")}`;
    assert.deepEqual(destination.headers, [["authorization", authorization]]);
  });

  it("disables an endpoint once, and everybody sees it", async (t) => {
    const { writer, reader } = await open(t);
    const application = await applicationIn(writer);
    const { key, id } = await writer.createEndpoint(application, newEndpoint());
    assert.equal(reader.find(key)?.disabled, false);
    assert.equal(reader.subscriptions(application)[0]?.disabled, false);
    await writer.disableEndpoint(key);
    assert.equal(reader.endpoint(application, id)?.disabled, true);
    assert.equal(reader.find(key)?.disabled, true);
    assert.equal(reader.subscriptions(application)[0]?.disabled, true);
    const destination = reader.find(key);
    await writer.disableEndpoint(key);
    assert.equal(reader.find(key), destination);
  });

  it("pauses an endpoint by hand until that is taken back, whatever else changes", async (t) => {
    const { writer, reader } = await open(t);
    const application = await applicationIn(writer);
    const { key, id } = await writer.createEndpoint(application, newEndpoint());
    assert.equal(reader.find(key)?.handPause, undefined);
    assert.equal(await writer.setHandPause(key, undefined), "not paused");
    const failing = { failingSinceMs: 1, failures: 9, probes: 0, probeAtMs: 2 };
    await writer.keepEndpointHealth([{ endpoint: key, pause: { kind: "paused", ...failing } }]);
    const pause = { untilMs: undefined, reason: "incident 7" };
    assert.equal(await writer.setHandPause(key, pause), "paused");
    assert.deepEqual(reader.pauseOf(key), initialPause, "it starts anew afterwards");
    await writer.keepEndpointHealth([{ endpoint: key, pause: initialPause }]);
    const url = "https://other.example/";
    await writer.changeEndpoint(key, { url, disabled: true });
    await writer.changeEndpoint(key, { disabled: false });
    const shown = reader.endpoint(application, id)?.handPause;
    assert.deepEqual({ ...shown, sinceMs: 0 }, { ...pause, sinceMs: 0 });
    assert.deepEqual(reader.find(key)?.handPause, shown);
    assert.equal(await writer.setHandPause(key, undefined), "resumed");
    assert.equal(reader.find(key)?.handPause, undefined);
    assert.equal(await writer.setHandPause(key, { untilMs: 1, reason: undefined }), "paused");
    assert.equal(await writer.setHandPause(key, undefined), "not paused", "it was over");
    await writer.deleteEndpoint(key);
    assert.equal(await writer.setHandPause(key, pause), false);
  });
}

function secrets(open: Open): void {
  it("makes a secret of 32 bytes for an endpoint that brings none", async (t) => {
    const { writer, reader } = await open(t);
    const application = await applicationIn(writer);
    const { key } = await writer.createEndpoint(application, newEndpoint());
    const secret = reader.endpointSecret(key);
    assert.match(secret, /^whsec_/);
    assert.equal(Buffer.from(secret.slice("whsec_".length), "base64").length, 32);
    assert.deepEqual(reader.find(key)?.secrets, [{ key: secret, expiresAtMs: undefined }]);
    const other = await writer.createEndpoint(application, newEndpoint());
    assert.notEqual(reader.endpointSecret(other.key), secret);
  });

  it("takes a secret with its prefix or without", async (t) => {
    const { writer, reader } = await open(t);
    const application = await applicationIn(writer);
    const secret = hmacSecretOf(new Uint8Array(24).fill(7));
    for (const given of [secret, secret.slice("whsec_".length)]) {
      const input = newEndpoint({ secret: given });
      const { key } = await writer.createEndpoint(application, input);
      assert.equal(reader.endpointSecret(key), secret);
    }
  });

  it("signs with an asymmetric secret and shows its public half", async (t) => {
    const { writer, reader } = await open(t);
    const application = await applicationIn(writer);
    const bytes = Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(32, 2)]);
    const secret = `whsk_${bytes.toString("base64")}`;
    const { key } = await writer.createEndpoint(application, newEndpoint({ secret }));
    const shown = `whpk_${Buffer.alloc(32, 2).toString("base64")}`;
    assert.equal(reader.endpointSecret(key), shown);
    assert.deepEqual(reader.find(key)?.secrets, [{ key: secret, expiresAtMs: undefined }]);
  });
}

function eventTypes(open: Open): void {
  it("reads an event type back as it was created", async (t) => {
    const { writer, reader } = await open(t);
    const input = newEventType({
      description: "paid",
      deprecated: true,
      featureFlag: "beta",
      schemas: { "1": { type: "object", "x-number": 1e100 } },
    });
    const eventType = await writer.createEventType("org", input);
    const { createdAtMs, updatedAtMs } = eventType;
    assert.equal(createdAtMs, updatedAtMs);
    const expected = { organization: "org", createdAtMs, updatedAtMs, ...input };
    assert.deepEqual(eventType, expected);
    assert.deepEqual(reader.eventType("org", "invoice.paid"), expected);
    assert.equal(reader.eventType("other", "invoice.paid"), undefined);
  });

  it("refuses an event type's name that is taken in its organisation", async (t) => {
    const { writer } = await open(t);
    await writer.createEventType("org", newEventType());
    await assert.rejects(writer.createEventType("org", newEventType()), conflict);
    assert.equal((await writer.createEventType("other", newEventType())).name, "invoice.paid");
  });

  it("lists event types by name in both orders, and archived ones only if asked", async (t) => {
    const { writer, reader } = await open(t);
    for (const name of ["b", "d", "a", "c"]) {
      await writer.createEventType("org", newEventType({ name, archived: name === "c" }));
    }
    const list = (includeArchived: boolean, fields: Partial<ControlPage>): string =>
      reader
        .eventTypes("org", { ...page(fields), includeArchived })
        .map(({ name }) => name)
        .join("");
    assert.equal(list(false, {}), "abd");
    assert.equal(list(true, {}), "abcd");
    assert.equal(list(true, { order: "descending" }), "dcba");
    assert.equal(list(false, { edge: "b" }), "d");
    assert.equal(list(true, { edge: "b", limit: 1 }), "c");
    assert.equal(list(false, { edge: "d", order: "descending", limit: 1 }), "b");
  });
}
