/** What an operator sees of a queue while its endpoint fails, through the real program. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { within } from "./within.ts";

interface Queue {
  readonly pending: number;
  readonly exact: boolean;
  readonly oldest: string | null;
  readonly inFlight: number;
  readonly throttleRate: number | null;
  readonly state: string;
  readonly failSince: string | null;
  readonly heldUntil: string | null;
  readonly minutes: readonly { readonly succeeded: number; readonly failed: number }[];
  readonly application: { readonly pending: number };
}

const receiver = new PathReceiver();
let folder: ScratchFolder;
let posthorn: Posthorn;
let token: string;
let svix: Svix;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("queue");
  await start();
});

after(async () => {
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

async function start(): Promise<void> {
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [3_600],
    directors: 2,
    logLevel: "silent",
  });
  token = await posthorn.token();
  svix = new Svix(token, { serverUrl: posthorn.address });
}

/** Asks until the queue is as it should be. */
async function queueOnce(endpoint: string, is: (queue: Queue) => boolean): Promise<Queue> {
  const url = `${posthorn.address}/api/v1/app/shop/endpoint/${endpoint}/queue`;
  const asking = async (): Promise<Queue> => {
    for (;;) {
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(answer.status, 200);
      const queue = (await answer.json()) as Queue; // its schema is tested beside the route
      if (is(queue)) return queue;
    }
  };
  return within(asking(), 20_000, `${endpoint}'s queue to be as expected`);
}

test("the queue of an endpoint that fails is counted, before and after a restart, until it is sent", async () => {
  await svix.application.create({ name: "Shop", uid: "shop" });
  receiver.answer("/failing", () => ({ status: 503, headers: { "retry-after": "1800" } }));
  const url = receiver.url("/failing");
  await svix.endpoint.create("shop", { uid: "failing", url, throttleRate: 1 });
  await svix.endpoint.create("shop", { uid: "well", url: receiver.url("/well") });
  for (let count = 0; count < 3; count += 1) {
    await svix.message.create("shop", { eventType: "a.b", payload: {} });
  }
  const queue = await queueOnce("failing", ({ heldUntil }) => heldUntil !== null);
  assert.deepEqual(
    [queue.pending, queue.exact, queue.inFlight, queue.throttleRate, queue.state],
    [3, true, 0, 1, "failing"],
  );
  assert.deepEqual([queue.minutes[0]?.failed, queue.application.pending >= 3], [1, true]);
  assert.ok(queue.oldest !== null && queue.failSince !== null);
  const well = await queueOnce("well", ({ pending }) => pending === 0);
  assert.equal(
    well.minutes.reduce((sum, { succeeded }) => sum + succeeded, 0),
    3,
  );

  await posthorn.stop();
  await start();
  const found = await queueOnce("failing", ({ pending }) => pending > 0);
  assert.equal(found.exact, false);
});
