/** What a receiver with the official library makes of deliveries that somebody on the way has changed. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { SeededRandom } from "./seeded-random.ts";

const tampers = 10_000;
const parts = ["body", "webhook-id", "webhook-timestamp", "webhook-signature"] as const;
type Delivery = Readonly<Record<(typeof parts)[number], Buffer>>;

const receiver = new PathReceiver();
let folder: ScratchFolder;
let posthorn: Posthorn;
let svix: Svix;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("tampered");
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    logLevel: "silent",
  });
  svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
});

after(async () => {
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

/** Sends messages of different lengths, and gives what has arrived of them. */
async function deliver(path: string, count: number): Promise<readonly Delivery[]> {
  const already = receiver.count(path);
  for (let at = 0; at < count; at += 1) {
    const payload = { note: randomBytes(at * 40).toString("base64"), umlaut: "ü" };
    await svix.message.create("shop", { eventType: "a.b", payload });
  }
  const requests = await receiver.requests(path, already + count);
  return requests.slice(already).map(({ body, headers }) => {
    const headerOf = (name: string): Buffer => Buffer.from(String(headers[name]), "latin1");
    return {
      body,
      "webhook-id": headerOf("webhook-id"),
      "webhook-timestamp": headerOf("webhook-timestamp"),
      "webhook-signature": headerOf("webhook-signature"),
    };
  });
}

function isTaken(secret: string, { body, ...headers }: Delivery): boolean {
  const texts = Object.entries(headers).map(([name, bytes]) => [name, bytes.toString("latin1")]);
  try {
    new Webhook(secret).verify(body, Object.fromEntries(texts));
    return true;
  } catch (error) {
    // A body that is no JSON any more is only parsed once its signature holds.
    assert(error instanceof WebhookVerificationError, String(error));
    return false;
  }
}

/** Another value in the place of one byte. */
function tampered(
  delivery: Delivery,
  part: (typeof parts)[number],
  random: SeededRandom,
): Delivery {
  const bytes = Buffer.from(delivery[part]);
  const at = random.integer(0, bytes.length - 1);
  const another = random.integer(1, 255);
  bytes[at] = (bytes[at] ?? 0) ^ another;
  return { ...delivery, [part]: bytes };
}

test(`${tampers} deliveries with one byte changed are all rejected`, async () => {
  await svix.application.create({ name: "Shop", uid: "shop" });
  await svix.endpoint.create("shop", { uid: "main", url: receiver.url("/main") });
  const { key } = await svix.endpoint.getSecret("shop", "main");
  const deliveries = await deliver("/main", 20);
  for (const delivery of deliveries) assert(isTaken(key, delivery));
  const random = new SeededRandom(20_261_128);
  const taken: Delivery[] = [];
  for (let count = 0; count < tampers; count += 1) {
    const delivery = deliveries[count % deliveries.length];
    const part = parts[Math.floor(count / deliveries.length) % parts.length];
    assert(delivery !== undefined && part !== undefined);
    const changed = tampered(delivery, part, random);
    if (isTaken(key, changed)) taken.push(changed);
  }
  assert.deepEqual(taken, []);
});

test("while a secret is rotated, old and new one both verify, and neither what was changed", async () => {
  const { key: old } = await svix.endpoint.getSecret("shop", "main");
  await svix.endpoint.rotateSecret("shop", "main", {});
  const { key: current } = await svix.endpoint.getSecret("shop", "main");
  assert.notEqual(current, old);
  const foreign = `whsec_${randomBytes(32).toString("base64")}`;
  const random = new SeededRandom(1);
  for (const delivery of await deliver("/main", 10)) {
    assert.equal(delivery["webhook-signature"].toString().split(" ").length, 2);
    for (const key of [old, current]) {
      assert(isTaken(key, delivery));
      for (const part of ["body", "webhook-id", "webhook-timestamp"] as const) {
        assert(!isTaken(key, tampered(delivery, part, random)));
      }
    }
    assert(!isTaken(foreign, delivery));
  }
});
