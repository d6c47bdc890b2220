/** The real program is killed amid changes and failing deliveries: each is told all the same, in one message. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { issueToken, type ServerSettings, startServer } from "./server-process.ts";

const receiver = new PathReceiver();
const kills = 4;
const atOnce = 24;
let folder: ScratchFolder;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("operational-crash");
});

after(() => {
  receiver.stop();
  folder.remove();
});

interface Event {
  readonly type: string;
  readonly data: { readonly endpointId: string; readonly lastAttempt?: { readonly id: string } };
}

/** The ids of the messages that told of each thing: an endpoint's creation, or an attempt. */
function messagesByThing(
  requests: Awaited<ReturnType<PathReceiver["requests"]>>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const messages = new Map<string, Set<string>>();
  for (const { headers, body } of requests) {
    const { data } = JSON.parse(body.toString()) as Event; // what operational.test.ts compares with its schema
    const thing = data.lastAttempt?.id ?? data.endpointId;
    const ids = messages.get(thing) ?? new Set();
    messages.set(thing, ids.add(String(headers["webhook-id"])));
  }
  return messages;
}

/** All items of a listing. */
async function allOf<Item>(
  list: (iterator: string | undefined) => Promise<{
    readonly data: readonly Item[];
    readonly iterator: string | null;
    readonly done: boolean;
  }>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let iterator: string | undefined;
  for (;;) {
    const page = await list(iterator);
    items.push(...page.data);
    if (page.done) return items;
    iterator = page.iterator ?? undefined;
  }
}

test("whatever was changed or exhausted when the server was killed is told in one message", async () => {
  const settings: ServerSettings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [0.01],
    attemptTimeoutSeconds: 5,
  };
  const token = await issueToken(settings);
  let server = await startServer(settings);
  const client = () => new Svix(token, { serverUrl: server.address, numRetries: 0 });
  let svix = client();
  const eventTypes = ["endpoint.created", "message.attempt.exhausted"];
  await svix.operationalWebhook.endpoint.create({ url: receiver.url("/ops"), eventTypes });
  await svix.application.create({ name: "Shop", uid: "shop" });
  receiver.answer("/broken", () => ({ status: 500 }));
  const broken = { url: receiver.url("/broken"), uid: "broken", eventTypes: ["failing"] };
  await svix.endpoint.create("shop", broken);

  for (let kill = 1; kill <= kills; kill += 1) {
    const work = Array.from({ length: atOnce }, (_, index) =>
      index % 2 === 0
        ? svix.endpoint.create("shop", { url: receiver.url("/none"), eventTypes: ["none"] })
        : svix.message.create("shop", { eventType: "failing", payload: { kill, index } }),
    );
    // Amid the work: some of it is done, some is under way.
    await Promise.all(work.slice(0, atOnce / 2));
    const ended = server.end("SIGKILL");
    await Promise.allSettled([...work, ended]);
    server = await startServer(settings);
    svix = client();
  }

  const endpoints = await allOf((iterator) => svix.endpoint.list("shop", iteratorOf(iterator)));
  const messages = await allOf((iterator) => svix.message.list("shop", iteratorOf(iterator)));
  const failing = messages.filter(({ eventType }) => eventType === "failing");
  // Each message is attempted twice by the schedule, but for attempts that a kill has made the server repeat.
  await receiver.requests("/broken", 2 * failing.length);
  const expected = endpoints.length + failing.length;
  let arrived = await receiver.requests("/ops", expected);
  while (messagesByThing(arrived).size < expected) {
    arrived = await receiver.requests("/ops", arrived.length + 1);
  }
  const exit = await server.end("SIGTERM");
  assert.equal(exit.code, 0);
  const told = messagesByThing(arrived);
  for (const { id } of endpoints) assert.ok(told.has(id), `the creation of ${id} is told`);
  assert.equal(told.size, expected);
  for (const [thing, ids] of told) assert.equal(ids.size, 1, `${thing} is told in one message`);
});

function iteratorOf(iterator: string | undefined): { limit: number; iterator?: string } {
  return { limit: 250, ...(iterator === undefined ? {} : { iterator }) };
}
