/**
 * Who does what docs/migrate-from-….md says, has customers, endpoints and secrets in Posthorn, and what can't be moved is said.
 * Convoy and Outpost are stand-ins that answer the lists as their documentation has them; Svix is another Posthorn.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Webhook } from "standardwebhooks";
import { Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { DocumentSession } from "./document-session.ts";
import { type JsonServer, serveJson } from "./json-server.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const folders: ScratchFolder[] = [];
const receiver = new PathReceiver();

before(() => receiver.start());

after(() => {
  receiver.stop();
  for (const folder of folders) folder.remove();
});

interface Running {
  readonly posthorn: Posthorn;
  readonly data: string;
  readonly svix: Svix;
}

async function start(name: string): Promise<Running> {
  const folder = makeScratchFolder(name);
  folders.push(folder);
  const posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    svixHeaders: true,
    logLevel: "silent",
  });
  const svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
  return { posthorn, data: folder.path, svix };
}

/** What the commands of a document print when they move things to a running server. */
async function follow(document: string, to: Running, env: NodeJS.ProcessEnv) {
  const session = new DocumentSession(
    "migrate",
    { ...env, POSTHORN_DATA: to.data },
    new Map([["http://127.0.0.1:8071", to.posthorn.address]]),
  );
  folders.push(session.folder);
  const text = readFileSync(join(import.meta.dirname, "../..", document), "utf8");
  const said = (await session.follow(text)).join("\n").split("\n");
  return { said: said.filter((line) => line !== ""), folder: session.folder.path };
}

interface Expected {
  readonly application: string;
  readonly endpoint: string;
  readonly secret: string;
  readonly path: string;
}

/** That what is sent to an application arrives at its endpoint, signed by the secret of before. */
async function assertArrives({ svix }: Running, expected: Expected): Promise<void> {
  const { application, endpoint, secret, path } = expected;
  assert.equal((await svix.endpoint.getSecret(application, endpoint)).key, secret);
  await svix.message.create(application, { eventType: "order.paid", payload: { total: 12 } });
  const [request] = await receiver.requests(path, 1);
  assert.ok(request !== undefined);
  new Webhook(secret).verify(request.body, request.headers as Record<string, string>);
}

describe("from Svix", () => {
  let from: Running;
  let to: Running;

  before(async () => {
    [from, to] = [await start("from-svix"), await start("to-posthorn")];
  });

  after(async () => {
    await from.posthorn.stop();
    await to.posthorn.stop();
  });

  test("applications, endpoints with secrets and headers, and event types are moved, once", async () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
    const schemas = { "1": { type: "object" } };
    await from.svix.eventType.create({ name: "order.paid", description: "Paid.", schemas });
    // More than a page of them.
    for (let number = 1; number <= 101; number += 1) {
      await from.svix.application.create({ name: `Customer ${number}`, uid: `customer-${number}` });
    }
    const nameless = await from.svix.application.create({ name: "Without a uid", throttleRate: 9 });
    await from.svix.endpoint.create(nameless.id, {
      url: receiver.url("/svix"),
      secret,
      description: "Orders",
      metadata: { team: "blue" },
      headers: { "x-plain": "1", authorization: "Bearer hidden" },
      eventTypes: ["order.paid"],
      channels: ["emea"],
    });
    const hooks = { url: receiver.url("/off"), uid: "hooks", disabled: true };
    await from.svix.endpoint.create("customer-7", hooks);

    const document = "docs/migrate-from-svix.md";
    const env = { SVIX_URL: from.posthorn.address, SVIX_TOKEN: await from.posthorn.token() };
    const { said } = await follow(document, to, env);
    assert.equal(said.filter((line) => line.startsWith("moved")).length, 1 + 102 + 2);
    const byHand = said.filter((line) => !line.startsWith("moved"));
    assert.deepEqual(byHand, [`set by hand ${nameless.id} ${receiver.url("/svix")} authorization`]);

    assert.deepEqual((await to.svix.eventType.get("order.paid")).schemas, schemas);
    assert.equal((await to.svix.application.get(nameless.id)).throttleRate, 9);
    assert.equal((await to.svix.endpoint.get("customer-7", "hooks")).disabled, true);
    const { data } = await to.svix.endpoint.list(nameless.id);
    const { description, eventTypes, channels, metadata, uid = "" } = data[0] ?? assert.fail();
    assert.deepEqual(
      { description, eventTypes, channels, metadata },
      {
        description: "Orders",
        eventTypes: ["order.paid"],
        channels: ["emea"],
        metadata: { team: "blue" },
      },
    );
    const { headers } = await to.svix.endpoint.getHeaders(nameless.id, uid ?? "");
    assert.deepEqual(headers, { "x-plain": "1" });

    // As the document says of what is not there.
    for (const call of [
      to.svix.connector.list(),
      to.svix.integration.list("customer-7"),
      to.svix.ingest.source.list(),
      to.svix.endpoint.transformation.get("customer-7", "hooks"),
    ]) {
      await assert.rejects(call, { code: 404 });
    }

    const again = await follow(document, to, env);
    assert.deepEqual(
      again.said.filter((line) => !line.startsWith("there already")),
      byHand,
    );
    await to.svix.endpoint.patch(nameless.id, uid ?? "", { channels: null });
    await assertArrives(to, {
      application: nameless.id,
      endpoint: uid ?? "",
      secret,
      path: "/svix",
    });
  });
});

describe("from Convoy", () => {
  const secret = "Vuk5LM0uujddIsqO5v_eSuz88";
  let convoy: JsonServer;
  let to: Running;

  before(async () => {
    const endpoint = (uid: string, more: object) => ({
      uid,
      name: `Endpoint ${uid}`,
      description: "",
      owner_id: "",
      status: "active",
      url: receiver.url(`/convoy/${uid}`),
      secrets: [
        { value: "an older one that still holds", expires_at: "2030-01-01T00:00:00Z" },
        { value: secret, expires_at: null },
      ],
      ...more,
    });
    const endpoints = [
      endpoint("01A", {
        owner_id: "bakery",
        authentication: { type: "api_key", api_key: { header_name: "x-key", header_value: "k" } },
      }),
      endpoint("01B", { owner_id: "bakery", status: "paused" }),
      endpoint("01C", {}),
      endpoint("01D", { url: "ftp://example.com/x" }),
    ];
    const subscription = (uid: string, of: string, eventTypes: string[], more: object = {}) => ({
      uid,
      name: `Subscription ${uid}`,
      endpoint_metadata: { uid: of },
      filter_config: { event_types: eventTypes, filter: { body: {}, headers: {} } },
      ...more,
    });
    const subscriptions = [
      subscription("02A", "01A", ["order.paid"]),
      subscription("02B", "01A", ["order.shipped"], { function: "function transform() {}" }),
      subscription("02C", "01B", ["*"]),
      subscription("02D", "01D", ["*"]),
    ];
    const page = (items: readonly { uid: string }[], query: URLSearchParams) => {
      const at = items.findIndex(({ uid }) => uid === query.get("next_page_cursor")) + 1;
      // Two on each page, whatever is asked.
      return { status: true, message: "", data: { content: items.slice(at, at + 2) } };
    };
    convoy = await serveJson(
      "convoy-key",
      (path, query) => {
        if (path === "/api/v1/projects/01P/endpoints") return page(endpoints, query);
        if (path === "/api/v1/projects/01P/subscriptions") return page(subscriptions, query);
        if (path !== "/api/v1/projects/01P/event-types") return undefined;
        return {
          data: [
            { name: "order.paid", description: "Paid." },
            { name: "old", deprecated_at: "2025" },
          ],
        };
      },
      { throttlesFirst: false },
    );
    to = await start("to-posthorn");
  });

  after(async () => {
    convoy.stop();
    await to.posthorn.stop();
  });

  test("owners, endpoints with their keys, and event types are moved; receivers can take both signatures", async () => {
    const { said, folder } = await follow("docs/migrate-from-convoy.md", to, {
      CONVOY_URL: convoy.address,
      CONVOY_API_KEY: "convoy-key",
      CONVOY_PROJECT: "01P",
    });
    assert.deepEqual(
      said.map((line) => line.replace(/ 422 .*/, "")),
      [
        "moved order.paid",
        "NOT MOVED the filter or function of subscription Subscription 02B",
        "moved bakery",
        `moved bakery ${receiver.url("/convoy/01A")}`,
        "there already bakery",
        `moved bakery ${receiver.url("/convoy/01B")}`,
        "moved 01C",
        `moved 01C ${receiver.url("/convoy/01C")}`,
        "moved 01D",
        "NOT MOVED 01D ftp://example.com/x",
      ],
    );
    const { eventTypes, disabled } = await to.svix.endpoint.get("bakery", "01A");
    assert.deepEqual(
      { eventTypes, disabled },
      { eventTypes: ["order.paid", "order.shipped"], disabled: false },
    );
    assert.equal((await to.svix.endpoint.get("bakery", "01B")).disabled, true);
    assert.equal((await to.svix.endpoint.get("01C", "01C")).disabled, true);
    const { headers } = await to.svix.endpoint.getHeaders("bakery", "01A");
    assert.deepEqual(headers, { "x-key": "k" });
    await assertArrives(to, {
      application: "bakery",
      endpoint: "01A",
      secret: `whsec_${Buffer.from(secret).toString("base64")}`,
      path: "/convoy/01A",
    });

    const { isSound, whsecOf } = (await import(
      pathToFileURL(join(folder, "both.mjs")).href
    )) as Both;
    const body = Buffer.from('{"total": 12}');
    const hexOf = (text: string, key: string) =>
      createHmac("sha256", key).update(text).digest("hex");
    for (const key of ["short", secret, "long".repeat(20)]) {
      const webhook = new Webhook(whsecOf(key));
      const at = new Date();
      const standard = {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": webhook.sign("msg_1", at, body.toString()),
      };
      const advanced = `t=1492774577,v1=${hexOf("another", key)},v1=${hexOf(`1492774577,${String(body)}`, key)}`;
      for (const sound of [
        standard,
        { "x-convoy-signature": hexOf(String(body), key) },
        { "x-convoy-signature": advanced },
      ]) {
        assert.equal(isSound(key, sound, body), true, JSON.stringify(sound));
        assert.equal(isSound(key, sound, Buffer.from("{}")), false);
        assert.equal(isSound("another key", sound, body), false);
      }
      assert.equal(isSound(key, {}, body), false);
    }
  });
});

interface Both {
  readonly isSound: (secret: string, headers: object, body: Buffer) => boolean;
  readonly whsecOf: (secret: string) => string;
}

describe("from Outpost", () => {
  let outpost: JsonServer;
  let to: Running;

  before(async () => {
    const destination = (id: string, more: object) => ({
      id,
      type: "webhook",
      topics: ["*"],
      disabled_at: null,
      filter: null,
      config: { url: receiver.url(`/outpost/${id}`) },
      credentials: { secret: `secret-of-${id}` },
      ...more,
    });
    const destinations: Record<string, readonly object[]> = {
      "/api/v1/tenants/bakery/destinations": [
        destination("des_1", {
          topics: ["order.paid"],
          config: { url: receiver.url("/outpost/des_1"), custom_headers: '{"x-key":"k"}' },
        }),
        destination("des_2", { disabled_at: "2025-01-01T00:00:00Z", filter: { data: { a: 1 } } }),
      ],
      "/api/v1/tenants/a%2Fb/destinations": [
        destination("des_3", { type: "aws_sqs", config: { queue_url: "https://sqs" } }),
      ],
    };
    outpost = await serveJson(
      "outpost-key",
      (path, query) => {
        if (path === "/api/v1/topics") return ["order.paid", { name: "order.shipped" }];
        if (path !== "/api/v1/tenants") return destinations[path];
        return query.get("next") === "second page"
          ? { models: [{ id: "a/b" }], pagination: { next: null } }
          : {
              models: [{ id: "bakery", metadata: { name: "Bakery" } }],
              pagination: { next: "second page" },
            };
      },
      { throttlesFirst: true },
    );
    to = await start("to-posthorn");
  });

  after(async () => {
    outpost.stop();
    await to.posthorn.stop();
  });

  test("tenants, webhook destinations with their keys, and topics are moved, and other destinations are named", async () => {
    const { said } = await follow("docs/migrate-from-outpost.md", to, {
      OUTPOST_URL: `${outpost.address}/api/v1`,
      OUTPOST_API_KEY: "outpost-key",
    });
    assert.deepEqual(
      said.map((line) => line.replace(/ 422 .*/, "")),
      [
        "moved order.paid",
        "moved order.shipped",
        "moved bakery",
        `moved bakery ${receiver.url("/outpost/des_1")}`,
        `NOT MOVED the filter of bakery ${receiver.url("/outpost/des_2")}`,
        `moved bakery ${receiver.url("/outpost/des_2")}`,
        "NOT MOVED a/b",
        "NOT MOVED a/b des_3 is of type aws_sqs",
      ],
    );
    assert.equal((await to.svix.application.get("bakery")).name, "Bakery");
    assert.deepEqual((await to.svix.endpoint.get("bakery", "des_1")).eventTypes, ["order.paid"]);
    const { disabled, eventTypes } = await to.svix.endpoint.get("bakery", "des_2");
    assert.deepEqual({ disabled, eventTypes }, { disabled: true, eventTypes: null });
    const { headers } = await to.svix.endpoint.getHeaders("bakery", "des_1");
    assert.deepEqual(headers, { "x-key": "k" });
    const key = Buffer.concat([Buffer.from("secret-of-des_1")], 24);
    const secret = `whsec_${key.toString("base64")}`;
    await assertArrives(to, {
      application: "bakery",
      endpoint: "des_1",
      secret,
      path: "/outpost/des_1",
    });
  });
});
