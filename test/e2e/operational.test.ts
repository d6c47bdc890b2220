/**
 * Operational webhooks of the whole program: registered with the official Svix client, verified with the official
 * Standard Webhooks library, compared with the schemas of Svix's own OpenAPI document.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { Svix } from "svix";
import Schema from "typebox/schema";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { within } from "./within.ts";

interface Event {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const receiver = new PathReceiver();
let folder: ScratchFolder;
let posthorn: Posthorn;
let svix: Svix;

async function start(): Promise<void> {
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [0.02, 0.02, 0.02, 0.02, 0.02],
    logLevel: "silent",
  });
  svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
}

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("operational");
  await start();
});

after(async () => {
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

const schemasPath = new URL("../api/svix-operational-events.json", import.meta.url);
const schemas = JSON.parse(readFileSync(schemasPath, "utf8")) as { $defs: object };

/** Svix's name of the schema of an event type: `EndpointCreatedEvent`. */
function schemaNameOf(type: string): string {
  const words = type.split(".").map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join("")}Event`;
}

/** The events that have arrived at a path, once there are so many, each verified, in Svix's shape, and there once. */
async function eventsAt(path: string, count: number, secret: string): Promise<readonly Event[]> {
  const requests = await receiver.requests(path, count);
  const ids = requests.map(({ headers }) => String(headers["webhook-id"]));
  assert.equal(new Set(ids).size, requests.length, "each is delivered once");
  return requests.map(({ headers, body }) => {
    const signed = {
      "webhook-id": String(headers["webhook-id"]),
      "webhook-timestamp": String(headers["webhook-timestamp"]),
      "webhook-signature": String(headers["webhook-signature"]),
    };
    const event = new Webhook(secret).verify(body.toString(), signed) as Event; // checked next
    const schema = { ...schemas, $ref: `#/$defs/${schemaNameOf(event.type)}` };
    const [isValid, errors] = Schema.Errors(schema, event);
    assert.ok(isValid, `${event.type}: ${JSON.stringify(errors)}`);
    return event;
  });
}

function typesOf(events: readonly Event[]): readonly string[] {
  return events.map(({ type }) => type).toSorted();
}

const event = { eventType: "user.signup", payload: { name: "Ada" }, eventId: "signup-1" };

async function register(path: string, eventTypes?: string[]): Promise<string> {
  const endpoint = svix.operationalWebhook.endpoint;
  const { id } = await endpoint.create({
    url: receiver.url(path),
    uid: path.slice(1),
    ...(eventTypes === undefined ? {} : { eventTypes }),
  });
  return (await endpoint.getSecret(id)).key;
}

test("an operational endpoint is managed with the official client", async () => {
  const { endpoint } = svix.operationalWebhook;
  const made = await endpoint.create({
    url: receiver.url("/managed"),
    uid: "managed",
    eventTypes: ["endpoint.disabled"],
    disabled: true,
    headers: { "X-Team": "ops" },
  });
  assert.deepEqual(await endpoint.get("managed"), made);
  assert.deepEqual((await endpoint.list()).data, [made]);
  const upserted = await endpoint.upsert("managed", { url: receiver.url("/m"), disabled: true });
  assert.deepEqual([upserted.id, upserted.eventTypes], [made.id, null]);
  assert.deepEqual(await endpoint.getHeaders("managed"), {
    headers: { "X-Team": "ops" },
    sensitive: [],
  });
  await endpoint.setHeaders("managed", { headers: {} });
  const { key } = await endpoint.getSecret("managed");
  await endpoint.rotateSecret("managed");
  assert.notEqual((await endpoint.getSecret("managed")).key, key);
  await endpoint.delete("managed");
  await assert.rejects(endpoint.get("managed"), { code: 404 });
});

test("the operator is told of endpoints that are created, changed, disabled by a 410 and deleted", async () => {
  const secret = await register("/endpoints");
  const app = await svix.application.create({ name: "Shop", uid: "shop" });
  receiver.answer("/gone", () => ({ status: 410 }));
  const main = await svix.endpoint.create("shop", { url: receiver.url("/gone"), uid: "main" });
  await svix.endpoint.patch("shop", "main", { description: "new" });
  await svix.message.create("shop", event);
  await eventsAt("/endpoints", 3, secret);
  await svix.endpoint.delete("shop", "main");
  const other = await svix.endpoint.create("shop", { url: receiver.url("/other") });
  await svix.application.delete("shop");
  const events = await eventsAt("/endpoints", 6, secret);
  assert.deepEqual(typesOf(events), [
    "endpoint.created",
    "endpoint.created",
    "endpoint.deleted",
    "endpoint.deleted",
    "endpoint.disabled",
    "endpoint.updated",
  ]);
  for (const { data } of events) {
    assert.deepEqual([data["appId"], data["appUid"]], [app.id, "shop"]);
    const isMain = data["endpointId"] === main.id;
    assert.equal(data["endpointUid"], isMain ? "main" : null);
    assert.ok(isMain || data["endpointId"] === other.id);
  }
  const { failSince } = events.find(({ type }) => type === "endpoint.disabled")?.data ?? {};
  assert.ok(Math.abs(Date.parse(String(failSince)) - Date.now()) < 60_000);
  await svix.operationalWebhook.endpoint.delete("endpoints");
});

test("the operator is told of deliveries that are failing, exhausted and recovered", async () => {
  const types = ["message.attempt.failing", "message.attempt.exhausted"];
  const secret = await register("/attempts", [...types, "message.attempt.recovered"]);
  const app = await svix.application.create({ name: "Attempts" });
  receiver.answer("/exhausted", () => ({ status: 503 }));
  receiver.answer("/recovered", (_, count) => ({ status: count > 4 ? 200 : 500 }));
  receiver.answer("/third", (_, count) => ({ status: count > 3 ? 200 : 500 }));
  const create = (path: string) => svix.endpoint.create(app.id, { url: receiver.url(path) });
  const exhausted = await create("/exhausted");
  const recovered = await create("/recovered");
  await create("/third");
  const message = await svix.message.create(app.id, event);
  const events = await eventsAt("/attempts", 4, secret);
  const byEndpoint = Object.groupBy(events, ({ data }) => String(data["endpointId"]));
  assert.deepEqual(typesOf(byEndpoint[exhausted.id] ?? []), types.toSorted());
  const recoveredTypes = typesOf(byEndpoint[recovered.id] ?? []);
  assert.deepEqual(recoveredTypes, ["message.attempt.failing", "message.attempt.recovered"]);
  for (const { type, data } of events) {
    const { lastAttempt, endpointId, ...rest } = data;
    assert.deepEqual(rest, {
      appId: app.id,
      appUid: null,
      msgId: message.id,
      msgEventId: "signup-1",
    });
    const { id, ...told } = lastAttempt as { id: string };
    const attempt = await svix.messageAttempt.get(app.id, message.id, id);
    assert.deepEqual(told, {
      responseStatusCode: attempt.responseStatusCode,
      timestamp: attempt.timestamp.toISOString(),
    });
    const isFailed = endpointId === exhausted.id;
    const status = type === "message.attempt.recovered" ? 200 : isFailed ? 503 : 500;
    assert.equal(attempt.responseStatusCode, status);
  }
});

test("what was told is not told again by the next run, and what it tells of goes on", async () => {
  const secret = (await svix.operationalWebhook.endpoint.getSecret("attempts")).key;
  await posthorn.stop();
  await start();
  const app = await svix.application.create({ name: "Next run" });
  receiver.answer("/next", () => ({ status: 500 }));
  await svix.endpoint.create(app.id, { url: receiver.url("/next") });
  await svix.message.create(app.id, event);
  const events = await eventsAt("/attempts", 6, secret);
  assert.equal(events.length, 6);
  assert.deepEqual(
    events.slice(4).map(({ data }) => data["appId"]),
    [app.id, app.id],
  );
});

test("operational endpoints that fail are told to nobody, and what was sent to them is listed", async () => {
  const secret = await register("/listed", ["endpoint.created", "message.attempt.exhausted"]);
  receiver.answer("/failing", () => ({ status: 500 }));
  await register("/failing", ["endpoint.created"]);
  const app = await svix.application.create({ name: "Listed" });
  await svix.endpoint.create(app.id, { url: receiver.url("/never") });
  await receiver.requests("/failing", 6);
  const [status] = await within(attemptsUntil("failing", 6), 20_000, "six attempts");
  assert.deepEqual([status?.["responseStatusCode"], status?.["status"]], [500, 2]);
  // Attempts are told of in the order of recording, so after this one nothing of those before can come.
  receiver.answer("/later", () => ({ status: 500 }));
  const later = await svix.endpoint.create(app.id, { url: receiver.url("/later") });
  await svix.message.create(app.id, event);
  const events = await eventsAt("/listed", 3, secret);
  const expected = ["endpoint.created", "endpoint.created", "message.attempt.exhausted"];
  assert.deepEqual(typesOf(events), expected);
  assert.equal(events.at(-1)?.data["endpointId"], later.id);
});

async function attemptsUntil(
  endpoint: string,
  count: number,
): Promise<readonly Record<string, unknown>[]> {
  const url = `${posthorn.address}/api/v1/operational-webhook/endpoint/${endpoint}/attempt`;
  const authorization = `Bearer ${await posthorn.token()}`;
  for (;;) {
    const answer = await fetch(url, { headers: { authorization } });
    const { data } = (await answer.json()) as { data: Record<string, unknown>[] };
    if (data.length >= count) return data;
  }
}
